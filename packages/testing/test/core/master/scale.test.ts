import { describe, expect, it } from 'vitest'
import { systemDigest } from '@piccolo/core/system'
import { memoryBackend, memoryDisk, memoryStore } from '../../../src/index.js'
import { admin, manifest, masterRig, never, nodeByHand, until, workloadStatus } from './rig.js'

describe('a master of many nodes', () => {
  it('works out what a deployment asks for once, however often its nodes come, go and report', async () => {
    let resolved = 0
    const digest = { sha256: (bytes: Uint8Array | string) => {
      if (typeof bytes !== 'string') resolved += 1
      return systemDigest.sha256(bytes)
    } }
    await using rig = await masterRig({ digest })
    const node = await nodeByHand(rig, 'a')
    const session = await node.dial()
    await session.becomeReady()
    await rig.apply(manifest({ x: 'a', y: 'a' }))
    await until(rig, 'its workloads', () => session.assigns().at(1))
    expect(resolved).toBe(2)
    for (let seq = 1; seq < 20; seq += 1) await session.send({ type: 'status', entries: [workloadStatus('x', seq, seq % 2 === 0 ? 'running' : 'pending')] })
    await rig.clock.advance(120_000)
    await (await node.dial()).becomeReady()
    expect(resolved).toBe(2)
    await rig.apply(manifest({ x: 'a', y: 'a' }, { more: ', tty: true' }))
    await rig.clock.advance(1_000)
    expect(resolved).toBe(4)
  })

  it('reads a list of nodes that is longer than one commit of its store takes', async () => {
    const backend = memoryBackend()
    const disk = memoryDisk()
    const write = (count: number) => disk.replace('node.yaml', new TextEncoder().encode(`nodes:\n${Array.from({ length: count }, (_, index) => `- { hostname: n${String(index)}, role: embedded }\n`).join('')}`), never)
    await write(100)
    await using rig = await masterRig({ nodes: 'node.yaml', disk, store: memoryStore({ backend, capabilities: { maxCommitOperations: 16 } }) }, backend)
    expect(await rig.operations.nodes(admin, never)).toHaveLength(100)
    await write(3)
    await until(rig, 'the others to go', async () => (await rig.operations.nodes(admin, never)).length === 3 || undefined)
  })

  it('writes down in few commits what becomes of many at once', async () => {
    const disk = memoryDisk()
    await disk.replace('node.yaml', new TextEncoder().encode(`nodes:\n${Array.from({ length: 300 }, (_, index) => `- { hostname: n${String(index)}, role: embedded }\n`).join('')}`), never)
    await using rig = await masterRig({ nodes: 'node.yaml', disk })
    await rig.clock.advance(1_000)
    expect(rig.backend.list('liveness/', {}).entries).toHaveLength(300)
    expect(rig.backend.revision).toBeLessThan(12n)
  })

  it('gives boards of one host name names of their own, without looking at each that is taken', async () => {
    const backend = memoryBackend()
    await using rig = await masterRig({ store: memoryStore({ backend, capabilities: { maxCommitOperations: 16 } }) }, backend)
    for (let index = 0; index < 30; index += 1) await nodeByHand(rig, `board${String(index)}`, { bound: false })
    expect((await rig.operations.nodes(admin, never)).map(({ name }) => name)).toContain('board-30')
  })
})
