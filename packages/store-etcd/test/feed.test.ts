import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Revision } from '@piccolo/core/spi'
import type { Commit } from '../src/commit-assembler.js'
import { Feed, type FeedReader } from '../src/feed.js'
import { never } from './support/stores.js'

const commit = (revision: number | bigint, bytes = 1): Commit => {
  const at = BigInt(revision)
  return { revision: at, changes: [{ type: 'put', entry: { key: 'a', value: new Uint8Array(bytes), createRevision: at, modRevision: at } }] }
}
const feedAfter = (after: Revision, deserted = (): void => undefined): Feed => new Feed(after, deserted)
const joined = (feed: Feed, after: Revision): FeedReader => {
  const reader = feed.join(after)
  if (reader === undefined) throw new Error('The feed does not reach back so far.')
  return reader
}
const taken = (reader: FeedReader): unknown => {
  const next = reader.take()
  return typeof next === 'object' ? next.revision : next
}
const hasRoom = async (feed: Feed): Promise<boolean> => {
  const end = new AbortController()
  const room = feed.room(end.signal).then(() => !end.signal.aborted)
  setImmediate(() => end.abort())
  return room
}

describe('Feed', () => {
  test('each reader gets what follows its place, one that begins ahead of the feed as well', () => {
    const feed = feedAfter(4n)
    const [first, ahead] = [joined(feed, 4n), joined(feed, 6n)]
    for (const revision of [5, 6, 7]) feed.push(commit(revision))
    expect([taken(first), taken(first), taken(first), taken(first)]).toEqual([5n, 6n, 7n, undefined])
    expect([taken(ahead), taken(ahead)]).toEqual([7n, undefined])
    expect(taken(joined(feed, 5n))).toBe(6n)
  })

  test('has no place for a reader from before its beginning', () => {
    expect(feedAfter(4n).join(3n)).toBeUndefined()
  })

  test('waits for its quickest reader once it is full, and forgets only what that one has taken', async () => {
    const feed = feedAfter(0n)
    const reader = joined(feed, 0n)
    let pushed = 0
    while (await hasRoom(feed)) feed.push(commit((pushed += 1)))
    expect(pushed).toBeGreaterThan(1_000)
    expect(pushed).toBeLessThan(2_000)
    for (let revision = 1n; revision <= pushed; revision += 1n) expect(taken(reader)).toBe(revision)
    expect(await hasRoom(feed)).toBe(true)
  })

  test('counts bytes as well, but always has room for one commit', async () => {
    const feed = feedAfter(0n)
    joined(feed, 0n)
    const heavy = 3 * 1024 * 1024
    feed.push(commit(1, heavy * 2))
    expect(await hasRoom(feed)).toBe(true)
    feed.push(commit(2, heavy))
    expect(await hasRoom(feed)).toBe(false)
  })

  test('a reader that falls behind the others is told that it was left behind', async () => {
    const feed = feedAfter(0n)
    const [quick, slow] = [joined(feed, 0n), joined(feed, 0n)]
    for (let revision = 1; revision <= 3_000; revision += 1) {
      feed.push(commit(revision))
      expect(taken(quick)).toBe(BigInt(revision))
    }
    expect(slow.take()).toBe('forgotten')
    expect(slow.position).toBe(0n)
    expect(feed.join(0n)).toBeUndefined()
    expect(taken(joined(feed, 2_999n))).toBe(3_000n)
  })

  test('whoever is not left behind gets every commit once and in order, whatever the others do', () => {
    const steps = fc.array(fc.oneof({ arbitrary: fc.constant('push' as const), weight: 3 }, { arbitrary: fc.nat({ max: 2 }), weight: 4 }), { maxLength: 400 })
    fc.assert(fc.property(steps, fc.integer({ min: 1, max: 200_000 }), (script, bytes) => {
      const feed = feedAfter(0n)
      const readers = [0, 1, 2].map(() => ({ reader: joined(feed, 0n), got: 0n, lost: false }))
      let last = 0n
      for (const step of script) {
        if (step === 'push') feed.push(commit((last += 1n), bytes))
        else {
          const each = readers[step]
          if (each === undefined || each.lost) continue
          const next = taken(each.reader)
          if (next === 'forgotten') each.lost = true
          else if (next !== undefined) expect(next).toBe((each.got += 1n))
          else expect(each.got).toBe(last)
        }
      }
    }))
  })

  test('a mark tells how far the feed got where no commit does', () => {
    const feed = feedAfter(4n)
    const reader = joined(feed, 4n)
    feed.push({ revision: 9n, changes: [] })
    expect(reader.take()).toEqual({ revision: 9n, changes: [] })
    expect(reader.take()).toBeUndefined()
  })

  test('vouches for a revision only when the last commit before it is in the feed', () => {
    const feed = feedAfter(4n)
    const reader = joined(feed, 4n)
    feed.owe(9n)
    expect(feed.owes).toBe(true)
    feed.vouch({ revision: 9n, head: 7n })
    expect([reader.take(), feed.owes]).toEqual([undefined, true])
    feed.push(commit(7))
    feed.vouch({ revision: 9n, head: 7n })
    expect([taken(reader), taken(reader), feed.owes]).toEqual([7n, 9n, false])
  })

  test('ends for its readers once they have taken what was there, and for good', () => {
    const feed = feedAfter(0n)
    const reader = joined(feed, 0n)
    feed.push(commit(1))
    const end = new Error('lost')
    feed.end(end)
    expect(taken(reader)).toBe(1n)
    expect(() => reader.take()).toThrow(end)
    expect(feed.join(1n)).toBeUndefined()
  })

  test('wakes a reader that waits, for news, for the end, and for its own abort', async () => {
    const feed = feedAfter(0n)
    const reader = joined(feed, 0n)
    const news = reader.more(never)
    feed.push(commit(1))
    await news
    expect(taken(reader)).toBe(1n)
    const abort = new AbortController()
    const aborted = reader.more(abort.signal)
    abort.abort()
    await aborted
    const ended = reader.more(never)
    feed.end(new Error('lost'))
    await ended
  })

  test('says when its last reader has left, and takes no other after that', () => {
    let deserted = 0
    const feed = feedAfter(0n, () => (deserted += 1))
    const [one, other] = [joined(feed, 0n), joined(feed, 0n)]
    one.leave()
    one.leave()
    expect(deserted).toBe(0)
    other.leave()
    expect(deserted).toBe(1)
    expect(feed.join(0n)).toBeUndefined()
  })
})
