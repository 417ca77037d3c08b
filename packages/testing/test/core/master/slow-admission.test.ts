import { describe, expect, it } from 'vitest'
import { memoryBackend, memoryStore, seededRandom } from '@piccolo/testing'
import { heldStore } from './held-store.js'
import { admin, facts, masterRig, never, nodeByHand, until, type HandSession, type Rig } from './rig.js'

type Node = Awaited<ReturnType<typeof nodeByHand>>

async function heldRig() {
  const backend = memoryBackend()
  const { adapter: store, holdNext } = heldStore(memoryStore({ backend }))
  return { rig: await masterRig({ store }, backend), holdNext }
}

/** Dials and says which start of its machine this is; an agent that was started anew counts on. */
async function dialled(node: Node, bootId: string, incarnation = 1): Promise<HandSession> {
  const session = await node.dial()
  await session.hello({ bootId, facts: { ...facts, bootId }, journal: { next: { incarnation, seq: 1 }, lastSeqs: [] } })
  return session
}

const answer = (rig: Rig, { inbox }: HandSession, turns?: number) => until(rig, 'an answer', () => inbox.find(({ type }) => type === 'welcome' || type === 'refuse'), turns)
const codeOf = async (rig: Rig, session: HandSession, turns?: number): Promise<string> => {
  const said = await answer(rig, session, turns)
  return said.type === 'refuse' ? said.error.code : said.type
}
const standing = async (rig: Rig): Promise<string | undefined> => (await rig.operations.nodes(admin, never))[0]?.standing

describe('a board that reboots and comes back while the store is slow', () => {
  it.each([
    ['the commit of its earlier session', 'commit'],
    ['the look of its earlier session', 'get'],
  ] as const)('is no clone when %s arrives only after the newer one has come', async (_, call) => {
    const { rig, holdNext } = await heldRig()
    await using _rig = rig
    const node = await nodeByHand(rig, 'a')
    expect(await codeOf(rig, await dialled(node, 'boot-1'))).toBe('welcome')
    const slow = holdNext(call, 'facts/a')
    const older = await dialled(node, 'boot-1', 2)
    await until(rig, 'the slow call', slow.hasCome)
    const newer = await dialled(node, 'boot-2', 3)
    expect(await codeOf(rig, newer)).toBe('welcome')
    slow.release()
    expect(await codeOf(rig, older)).toBe('conflict')
    await rig.clock.advance(1_000)
    expect(newer.over()).toBe(false)
    expect(await standing(rig)).toBe('active')
  })

  it.each(['commit', 'get'] as const)('is no clone either when it dials again, for its earlier start is not written down after the later one (%s)', async (call) => {
    const { rig, holdNext } = await heldRig()
    await using _rig = rig
    const node = await nodeByHand(rig, 'a')
    expect(await codeOf(rig, await dialled(node, 'boot-1'))).toBe('welcome')
    const slow = holdNext(call, 'facts/a')
    const older = await dialled(node, 'boot-2', 2)
    await until(rig, 'the slow call', slow.hasCome)
    expect(await codeOf(rig, await dialled(node, 'boot-3', 3))).toBe('welcome')
    slow.release()
    expect(await codeOf(rig, older)).toBe('conflict')
    expect(await codeOf(rig, await dialled(node, 'boot-3', 4))).toBe('welcome')
    expect(await standing(rig)).toBe('active')
  })

  it('is no clone whatever overtakes what, and a copy of it is one all the same', async () => {
    for (let seed = 0; seed < 12; seed += 1) {
      const backend = memoryBackend({ random: seededRandom(seed) })
      await using rig = await masterRig({}, backend)
      const node = await nodeByHand(rig, 'a')
      Object.assign(backend, { latencyMs: 20, jitterMs: 1_500 })
      let last: HandSession | undefined
      for (let boot = 0; boot < 6; boot += 1) {
        for (const incarnation of [1, 2]) {
          last = await dialled(node, `boot-${String(boot)}`, boot * 2 + incarnation)
          await rig.clock.advance(200)
        }
      }
      if (last !== undefined) expect(await codeOf(rig, last, 2_000)).toBe('welcome')
      await rig.clock.advance(10_000)
      expect(await standing(rig), `seed ${String(seed)}`).toBe('active')

      expect(await codeOf(rig, await dialled(node, 'boot-of-the-copy'), 2_000)).toBe('welcome')
      expect(await codeOf(rig, await dialled(node, 'boot-5', 20), 2_000)).toBe('quarantined')
    }
  })
})

describe('a copy of a board, while the store is slow', () => {
  it.each(['commit', 'get'] as const)('is found out when the original comes back, its own %s being late', async (call) => {
    const { rig, holdNext } = await heldRig()
    await using _rig = rig
    const node = await nodeByHand(rig, 'a')
    expect(await codeOf(rig, await dialled(node, 'boot-1'))).toBe('welcome')
    const copy = await dialled(node, 'boot-of-the-copy')
    expect(await codeOf(rig, copy)).toBe('welcome')
    const slow = holdNext(call, call === 'get' ? 'facts/a' : 'nodes/a')
    const original = await dialled(node, 'boot-1', 2)
    await until(rig, 'the slow call', slow.hasCome)
    await rig.clock.advance(2_000)
    slow.release()
    expect(await codeOf(rig, original)).toBe('quarantined')
    await until(rig, 'the end of the copy', () => copy.over() || undefined)
    expect(await standing(rig)).toBe('quarantined')
  })
})
