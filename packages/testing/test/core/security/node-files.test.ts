import { describe, expect, it } from 'vitest'
import type { MemoryDisk } from '../../../src/index.js'
import { makeRig, workload } from '../agent/rig.js'

const never = new AbortController().signal

/**
 * Every file of an agent's state, found by looking, each with one bit flipped, cut short, emptied, and replaced by that of another node: the
 * agent starts, says what is wrong, follows its own master, and never runs what the master did not ask for.
 */
describe('the files of a node, tampered with while its agent was away', () => {
  const change = {
    'one bit flipped': (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === Math.floor(bytes.length / 2) ? byte ^ 4 : byte)),
    'cut short': (bytes: Uint8Array) => bytes.subarray(0, Math.floor(bytes.length / 2)),
    'emptied': () => new Uint8Array(),
    'no text at all': () => Uint8Array.of(0, 255, 254, 0),
    'a checksum of its own over a forged body': () => new TextEncoder().encode(`${'0'.repeat(64)}\n{"format":1,"items":[{"key":"workload/forged"}]}\n`),
  } as const

  it.each(Object.entries(change))('%s: each of them, one after the other', async (_, tamper) => {
    const names = await filesOfANode()
    expect(names.length).toBeGreaterThanOrEqual(4)
    for (const name of names) {
      const rig = await makeRig()
      try {
        await rig.start()
        await rig.master.want(workload('a'))
        await rig.settle()
        await rig.kill()
        const bytes = await rig.disk.read(name, never)
        if (bytes !== undefined) await rig.disk.replace(name, tamper(bytes), never)
        await rig.start()
        await rig.clock.advance(10_000)
        expect([name, rig.agent.health().link.phase]).toEqual([name, 'connected'])
        expect([name, rig.machine.containers().filter(({ phase }) => phase === 'running').length]).toEqual([name, 1])
        expect([name, rig.machine.containers().some(({ id }) => id.includes('forged'))]).toEqual([name, false])
      } finally {
        await rig.stop()
      }
    }
  })
})

async function filesOfANode(): Promise<readonly string[]> {
  const rig = await makeRig()
  try {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.master.want(workload('a'), workload('b'))
    await rig.clock.advance(5_000)
    return await filesBelow(rig.disk, '')
  } finally {
    await rig.stop()
  }
}

async function filesBelow(disk: MemoryDisk, folder: string): Promise<readonly string[]> {
  const files: string[] = []
  for (const name of await disk.list(folder, never)) {
    const path = folder === '' ? name : `${folder}/${name}`
    // A file has nothing in it that could be listed.
    const inside = await filesBelow(disk, path).catch(() => [])
    files.push(...(inside.length === 0 ? [path] : inside))
  }
  return files
}
