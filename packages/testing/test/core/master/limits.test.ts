import { describe, expect, it } from 'vitest'
import { memoryBackend, memoryStore } from '../../../src/index.js'
import { admin, manifest, masterRig, never, nodeByHand, until } from './rig.js'

const small = (maxCommitOperations: number) => {
  const backend = memoryBackend()
  return masterRig({ store: memoryStore({ backend, capabilities: { maxCommitOperations } }) }, backend)
}
const several = (count: number, node: string, prefix = 'w') => Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${String(index)}`, node]))

describe('a store with small limits', () => {
  it('takes the sets of several nodes in several commits', async () => {
    await using rig = await small(24)
    const names = ['a', 'b', 'c']
    const nodes = await Promise.all(names.map(async (name) => (await nodeByHand(rig, name)).dial()))
    for (const node of nodes) await node.becomeReady()
    for (const [index, name] of names.entries()) {
      await rig.apply(manifest(several(1, name, name), { name: `p${String(index)}`, scenario: `s${String(index)}` }))
    }
    for (const node of nodes) await until(rig, 'its workload', () => node.assigns().some(({ delta }) => delta.upserts.length > 0) || undefined)
    await nodes[0]?.hold()
    await rig.operations.deleteManifest(admin, [{ name: 'm', text: manifest(several(1, 'a', 'a'), { name: 'p0', scenario: 's0' }) }], never)
    await until(rig, 'the removal', () => nodes[0]?.assigns().some(({ delta }) => delta.removals.length > 0) || undefined)
  })

  it('refuses an apply that gives one node more than a commit takes, names the limit, and changes nothing', async () => {
    await using rig = await small(40)
    await expect(rig.apply(manifest(several(18, 'a')))).rejects.toMatchObject({
      code: 'invalid-manifest', message: expect.stringMatching(/m\.yaml:9:17: spec\.models: expected at most 17 models for node "a".*40 operations/) as string,
    })
    expect(await rig.operations.artifacts(admin, undefined, never)).toEqual([])
  })

  it('shows why a set that can not fit is not placed, and goes on with the other nodes', async () => {
    await using rig = await small(16)
    const [a, b] = [await (await nodeByHand(rig, 'a')).dial(), await (await nodeByHand(rig, 'b')).dial()]
    for (const index of [0, 1, 2]) await rig.apply(manifest(several(2, 'a', `v${String(index)}-`), { name: `p${String(index)}`, scenario: `s${String(index)}` }))
    await rig.apply(manifest({ only: 'b' }, { name: 'q', scenario: 't' }))
    await a.becomeReady()
    await b.becomeReady()
    await until(rig, 'b to have its own', () => b.assigns().some(({ delta }) => delta.upserts.length > 0) || undefined)
    const packages = await rig.operations.packages(admin, never)
    expect(packages.find(({ name }) => name === 'p0')?.models[0]?.reason).toMatch(/at most 16/)
    const { revision } = rig.backend
    await rig.clock.advance(60_000)
    expect(rig.backend.revision - revision).toBeLessThan(5n)
  })
})
