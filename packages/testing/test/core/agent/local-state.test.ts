import { digestOfSet } from '@piccolo/core/protocol'
import { systemDigest } from '@piccolo/core/system'
import { memoryDisk, seededRandom, type MemoryDisk } from '@piccolo/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LocalState } from '../../../../core/src/agent/state/local-state.js'
import { emptySet, type ReplicaItem, type ReplicaSet } from '../../../../core/src/link/index.js'

const sha256 = (bytes: Uint8Array | string): string => systemDigest.sha256(bytes)
const signal = new AbortController().signal
const rot = new TextEncoder().encode('rot')

function setOf(generation: bigint, contents: readonly string[], effective?: string): ReplicaSet {
  const items = contents.map((text, index): ReplicaItem => {
    const content = new TextEncoder().encode(text)
    const good = effective === undefined ? {} : { effective: { content: new TextEncoder().encode(effective), digest: sha256(effective) } }
    return { key: `workload/w${index}`, digest: sha256(content), epoch: generation, content, ...good }
  })
  const version = { generation, digest: digestOfSet(items, sha256) }
  return { version, clusterEpoch: 'epoch', highestRevision: generation + 7n, highestTerm: 3n, items: new Map(items.map((item) => [item.key, item])) }
}

async function saved(disk: MemoryDisk, ...sets: readonly ReplicaSet[]): Promise<LocalState> {
  const state = new LocalState(disk, systemDigest)
  await state.load(signal)
  for (const set of sets) await state.save(set)
  await state.idle()
  return state
}

const load = (disk: MemoryDisk) => new LocalState(disk, systemDigest).load(signal)

describe('the assignment set on disk', () => {
  test('a fresh disk holds nothing, which is not an empty set', async () => {
    expect(await load(memoryDisk())).toEqual({ from: 'empty', set: emptySet })
  })

  test('what was saved is read back whole, ways back included', async () => {
    const disk = memoryDisk()
    const set = setOf(5n, ['a', 'b'], 'older')
    await saved(disk, set)
    expect(await load(disk)).toEqual({ from: 'current', set })
  })

  test('A6: whatever disk operation the power fails at, the set is the old one or the new one, whole', async () => {
    const contents = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })
    await fc.assert(fc.asyncProperty(contents, contents, fc.nat(), fc.nat(), async (first, second, cut, seed) => {
      const disk = memoryDisk({ random: seededRandom(seed) })
      const [old, next] = [setOf(1n, first), setOf(2n, second)]
      const state = await saved(disk, setOf(0n, ['zero']), old)
      const before = disk.changes
      const probe = memoryDisk()
      await saved(probe, setOf(0n, ['zero']), old, next)
      disk.cutPowerAfter(cut % (probe.changes - before + 1))
      const done = await state.save(next).then(() => true, () => false)
      await state.idle()
      disk.crash()
      const { from, set } = await load(disk)
      expect(from).toBe('current')
      expect([old, next]).toContainEqual(set)
      if (done) expect(set).toEqual(next)
    }), { numRuns: 200 })
  })

  test.each(['set', 'item'])('a rotten %s falls back to the set before, with its contents', async (what) => {
    const disk = memoryDisk()
    const [old, next] = [setOf(1n, ['a', 'b']), setOf(2n, ['a', 'c'])]
    await saved(disk, old, next)
    await disk.replace(what === 'set' ? 'set' : `items/${sha256('c')}`, rot, signal)
    const loaded = await load(disk)
    expect(loaded).toMatchObject({ from: 'previous', set: old })
    expect(loaded.reason).toMatch(/set:/)
  })

  test('after a fallback the next set is saved and read as ever', async () => {
    const disk = memoryDisk()
    await saved(disk, setOf(1n, ['a']), setOf(2n, ['b']))
    await disk.replace('set', rot, signal)
    const next = setOf(3n, ['b', 'c'])
    await saved(disk, next)
    expect(await load(disk)).toEqual({ from: 'current', set: next })
  })

  test('both copies rotten: it says so and does not throw', async () => {
    const disk = memoryDisk()
    await saved(disk, setOf(1n, ['a']), setOf(2n, ['b']))
    await disk.replace('set', rot, signal)
    await disk.replace('set.previous', rot, signal)
    expect(await load(disk)).toMatchObject({ from: 'unreadable', set: emptySet, reason: expect.stringMatching(/set: .*set.previous: /) as string })
  })

  test('contents that neither this set nor the one before needs are removed', async () => {
    const disk = memoryDisk()
    await saved(disk, setOf(1n, ['a']), setOf(2n, ['b']), setOf(3n, ['c']))
    expect(await disk.list('items', signal)).toEqual([sha256('b'), sha256('c')].sort())
  })

  test('a content that is there already is not written again', async () => {
    const disk = memoryDisk()
    const state = await saved(disk, setOf(1n, ['a', 'b']))
    const before = disk.changes
    await state.save(setOf(2n, ['b', 'a']))
    await state.idle()
    expect(disk.changes - before).toBe(2)
  })

  test('a set written by a later version is passed over, not misread', async () => {
    const disk = memoryDisk()
    const text = JSON.stringify({ format: 99, revision: '1', term: '1', items: [] })
    await disk.replace('set', new TextEncoder().encode(`${sha256(text)}\n${text}\n`), signal)
    expect(await load(disk)).toMatchObject({ from: 'unreadable', reason: expect.stringMatching(/newer version/) as string })
  })
})
