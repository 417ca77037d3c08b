import type { MasterMessage } from '@piccolo/core/spi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../agent/master-end.js'
import { container, makeRig, workload, type Rig } from '../agent/rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

const names = (): string[] => rig.machine.containers().map(({ name, phase }) => `${name} ${phase}`).sort()

function assignOf(target: { generation: bigint; digest: string }): MasterMessage {
  return { type: 'assign', delta: { base: undefined, target, upserts: [], removals: [] }, storeRevision: 1n }
}

describe('the set', () => {
  test('A11: a change on another base is refused, and one round by inventory settles it', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    const held = rig.agent.health().held
    await rig.master.assign({ base: { generation: 1n, digest: 'x' }, target: { generation: 999n, digest: 'y' }, upserts: [], removals: [] })
    await rig.settle()
    expect(rig.master.of('assign-refused')).toMatchObject([{ generation: 999n, error: { code: 'conflict' } }])
    expect(rig.master.of('inventory').at(-1)?.items).toMatchObject([{ key: 'workload/a' }])
    expect(rig.agent.health().held).toEqual(held)
    expect(names()).toEqual(['a_main running'])
  })

  test('a set that does not have the promised digest is refused whole', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    const content = new TextEncoder().encode(JSON.stringify(workload('b')))
    const upserts = [{ key: 'workload/b', digest: sha256(content), epoch: 1n, content }]
    await rig.master.assign({ base: rig.master.version, target: { generation: 999n, digest: 'wrong' }, upserts, removals: ['workload/a'] })
    await rig.settle()
    expect(rig.master.of('assign-refused')).toMatchObject([{ error: { code: 'corrupt' } }])
    expect(names()).toEqual(['a_main running'])
  })

  test('A2: cut off between the change and its acknowledgement, it changes once in total', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    rig.network.cut('agent', 'outgoing')
    await rig.master.want(workload('a', { containers: [container({ args: ['v2'] })] }))
    await rig.settle()
    const after = rig.machine.containers()
    rig.machine.calls.length = 0
    await rig.kill()
    await rig.start()
    expect(rig.master.of('hello').at(-1)?.held).toEqual(rig.master.version)
    await rig.clock.advance(10_000)
    expect(rig.machine.containers()).toEqual(after)
    expect(rig.machine.calls).toEqual([])
  })

  test('W10: with a full disk the old set stays in force, and the new one is taken when there is room', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    rig.disk.totalBytes = 1
    await rig.master.want(workload('b'))
    await rig.settle()
    expect(rig.master.of('assign-refused')).toMatchObject([{ error: { code: 'resource-exhausted' } }])
    expect(names()).toEqual(['a_main running'])
    await rig.clock.advance(20_000)
    expect(rig.master.of('assign-refused').length).toBeLessThan(8)
    rig.disk.totalBytes = 2 ** 20
    await rig.clock.advance(30_000)
    expect(names()).toEqual(['b_main running'])
    expect(rig.agent.health().held).toEqual(rig.master.version)
  })

  test('the highest revision and term come back with the next hello', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    await rig.kill()
    await rig.start()
    expect(rig.master.of('hello').at(-1)).toMatchObject({ highestRevision: 101n, highestTerm: 1n, clusterEpoch: 'epoch-1' })
  })
})

describe('R11: who asked for it', () => {
  const context = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', requestId: 'r-1', principal: 'person:ann' }
  const logged: [object, string][] = []
  const log = (fields: object, message: string): void => void logged.push([fields, message])
  beforeEach(() => { logged.length = 0 })

  test('is repeated in the log of an assignment and in its acknowledgement', async () => {
    await rig.start({ logger: { debug: log, info: log, warn: log, error: log } })
    await rig.master.send({ ...assignOf({ generation: 5n, digest: sha256('') }), context })
    await rig.settle()
    expect(logged).toContainEqual([{ generation: '5', ...context }, 'holds another set'])
    expect(rig.master.of('held').at(-1)).toMatchObject({ type: 'held', version: { generation: 5n, digest: sha256('') }, context })
    await rig.master.send({ ...assignOf({ generation: 6n, digest: 'wrong' }), context })
    await rig.settle()
    expect(logged).toContainEqual([{ generation: '6', code: 'corrupt', reason: expect.any(String) as string, ...context }, 'refused a set'])
  })

  test('is repeated in the log of a command', async () => {
    await rig.start({ logger: { debug: log, info: log, warn: log, error: log } })
    await rig.master.send({ type: 'command', commandId: '7', deadlineMs: 1_000, command: { name: 'logs', workload: 'a', follow: false }, context })
    await rig.settle()
    expect(logged).toContainEqual([{ command: 'logs', commandId: '7', ...context }, 'command'])
  })
})
