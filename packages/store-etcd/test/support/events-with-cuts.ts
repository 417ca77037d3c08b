import { expect } from 'vitest'
import type { Mutation, Revision, StateStore } from '@piccolo/core/spi'
import { seededRandom } from '@piccolo/testing'
import { followed, things } from './followed.js'
import { described, resumedWatch } from './resumed-watch.js'
import { never } from './stores.js'
import type { TcpProxy } from './tcp-proxy.js'

export interface EventsOptions {
  readonly commits: number
  readonly seed: number
  /** Over which the commits come. */
  readonly writer: StateStore
  /** Over the link that is cut. */
  readonly reader: StateStore
  readonly link: TcpProxy
  readonly after: Revision
}

const endless = 2n ** 63n
const keys = 300
const width = 100

/** Commits come, the link is cut at random points, and two readers get all of it: one reads the watch, one follows the table. Answers how often the watch was lost. */
export async function eventsWithCuts({ commits, seed, writer, reader, link, after }: EventsOptions): Promise<number> {
  const random = seededRandom(seed)
  const written = new Map<Revision, readonly Mutation[]>()
  const before = Math.floor(commits / 2)
  const write = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= width) {
      await Promise.all(Array.from({ length: Math.min(left, width) }, async () => {
        const mutations = someMutations(random.next, written.size)
        const { revision } = await writer.commit({ preconditions: [], mutations }, never)
        written.set(revision, mutations)
      }))
    }
  }
  await write(before) // to catch up with
  const last: { revision?: Revision } = {}
  const both = followed(reader)
  const watching = resumedWatch(reader, { prefix: things.prefix, after, upTo: () => last.revision ?? endless })
  const cutting = cutAtRandom(link, random.next, () => last.revision !== undefined)
  await write(commits - before)
  const final = await writer.commit({ preconditions: [], mutations: [things.put('last', 'last')] }, never)
  written.set(final.revision, [things.put('last', 'last')])
  last.revision = final.revision
  await cutting
  const { commits: seen, losses } = await watching
  await both.following.caughtUpTo(final.revision)

  // What deleted only what was absent changed nothing, and is not told; which those are depends on what came before.
  const present = new Set<string>()
  const expected = [...written].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([revision, mutations]) => {
    const changes = mutations.filter(({ type, key }) => type === 'put' || present.has(key))
    for (const { type, key } of changes) if (type === 'put') present.add(key); else present.delete(key)
    return changes.length === 0 ? [] : [described(revision, changes.map((change) => (change.type === 'put' ? { type: 'put', entry: { ...change, createRevision: 0n, modRevision: revision } } : change)))]
  })
  expect(seen.length).toBe(expected.length)
  expect(seen).toEqual(expected)
  const { entries } = await things.list(both.store)
  expect([...both.following.view.values()].sort((one, other) => (one.id < other.id ? -1 : 1))).toEqual(entries)
  return losses
}

function someMutations(next: () => number, count: number): readonly Mutation[] {
  const touched = new Set(Array.from({ length: 1 + Math.floor(next() * 3) }, () => `k${Math.floor(next() * keys)}`))
  return [...touched].map((id) => (next() < 0.2 ? things.delete(id) : things.put(id, `${count} ${'x'.repeat(Math.floor(next() * 400))}`)))
}

async function cutAtRandom(link: TcpProxy, next: () => number, done: () => boolean): Promise<void> {
  while (!done()) {
    await new Promise((resolve) => setTimeout(resolve, next() * 150)) // chance decides, not a condition
    if (next() < 0.5) link.cut()
    else link.cutAfter(next() * 60_000)
  }
}
