import { expect, it, describe } from 'vitest'
import { manifest, masterRig, nodeByHand, until, workloadStatus, type HandSession, type Rig } from './rig.js'

async function twoNodes(rig: Rig): Promise<readonly [HandSession, HandSession]> {
  const [a, b] = [await (await nodeByHand(rig, 'a')).dial(), await (await nodeByHand(rig, 'b')).dial()]
  await a.becomeReady()
  await b.becomeReady()
  return [a, b]
}
const nextAssign = (rig: Rig, node: HandSession, count: number) => until(rig, `assign ${String(count)}`, () => node.assigns().at(count - 1))
const placed = (node: HandSession): boolean => node.assigns().some(({ delta }) => delta.upserts.some(({ key }) => key === 'workload/x'))

describe('a workload that moves', () => {
  it('waits for its old node even when the state that this node has reported is not committed yet', async () => {
    await using rig = await masterRig()
    const [a, b] = await twoNodes(rig)
    await rig.apply(manifest({ x: 'a' }))
    await nextAssign(rig, a, 2)
    await a.hold()
    await rig.apply(manifest({ x: 'b' }))
    await nextAssign(rig, a, 3)
    rig.backend.latencyMs = 2_000
    await a.send({ type: 'status', entries: [workloadStatus('x', 1)] })
    await a.hold()
    await rig.clock.advance(1_000)
    rig.backend.latencyMs = 0
    await rig.clock.advance(5_000)
    expect(placed(b)).toBe(false)
    await a.send({ type: 'status', entries: [{ key: 'workload/x', position: { incarnation: 1, seq: 2 } }] })
    await until(rig, 'x on b', () => placed(b) || undefined)
  })

  it('waits for the full status set of a node that comes back holding the newer set', async () => {
    await using rig = await masterRig()
    const byHand = await nodeByHand(rig, 'a')
    const a = await byHand.dial()
    const b = await (await nodeByHand(rig, 'b')).dial()
    await a.becomeReady()
    await b.becomeReady()
    await rig.apply(manifest({ x: 'a' }))
    await nextAssign(rig, a, 2)
    await a.hold()
    await rig.apply(manifest({ x: 'b' }))
    const removal = await nextAssign(rig, a, 3)
    await a.close()
    await rig.clock.advance(100)
    const back = await byHand.dial()
    await back.hello({ held: removal.delta.target })
    await rig.clock.advance(2_000)
    expect(placed(b)).toBe(false)
    await back.send({ type: 'synced', position: { incarnation: 1, seq: 5 } })
    await until(rig, 'x on b', () => placed(b) || undefined)
  })
})
