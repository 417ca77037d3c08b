import { memoryDisk } from '@piccolo/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { container, makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

const running = (): string[] => rig.machine.containers().filter(({ phase }) => phase === 'running').map(({ name }) => name).sort()
const ids = (): string[] => rig.machine.containers().map(({ id }) => id)

async function threeWorkloads(): Promise<void> {
  await rig.start()
  await rig.master.want(workload('a'), workload('b'), workload('c'))
  await rig.settle()
}

describe('a node needs nobody', () => {
  test('A1: after a power cut its workloads run again before the first dial has ended, whatever the network does', async () => {
    await threeWorkloads()
    await rig.reboot()
    rig.network.cut('master:47100')
    expect(running()).toEqual([])
    await rig.start()
    expect(rig.agent.health().link.phase).toBe('dialling')
    expect(running()).toEqual(['a_main', 'b_main', 'c_main'])
  })

  test('A4: killed again and again while the master is away, it adopts what runs and touches no container', async () => {
    await threeWorkloads()
    const before = ids()
    await rig.master.close()
    rig.machine.calls.length = 0
    for (let turn = 0; turn < 20; turn += 1) {
      await rig.kill()
      await rig.start()
      await rig.clock.advance(turn * 37)
    }
    expect(ids()).toEqual(before)
    expect(rig.machine.calls).toEqual([])
    expect(rig.agent.health()).toMatchObject({ incarnation: 21, workloads: [{ state: 'running' }, { state: 'running' }, { state: 'running' }] })
  })

  test('A7: with its disk state gone it takes the whole set anew and adopts what runs', async () => {
    await threeWorkloads()
    const before = ids()
    const [first] = rig.master.of('hello')
    await rig.kill()
    rig.disk = memoryDisk()
    rig.machine.calls.length = 0
    await rig.start()
    const last = rig.master.of('hello').at(-1)
    expect(last?.stateEpoch).not.toBe(first?.stateEpoch)
    expect(last).not.toHaveProperty('held')
    expect(rig.agent.health().held).toEqual(rig.master.version)
    expect(ids()).toEqual(before)
    expect(rig.machine.calls).toEqual([])
  })

  test('containers that nobody is known to want are left alone until a set is held', async () => {
    await threeWorkloads()
    await rig.kill()
    rig.disk = memoryDisk()
    await rig.master.close()
    await rig.start()
    expect(running()).toEqual(['a_main', 'b_main', 'c_main'])
  })

  test('containers of a workload that was taken away while the agent was down are removed at its start', async () => {
    await threeWorkloads()
    await rig.kill()
    await rig.master.want(workload('b'))
    await rig.start()
    expect(running()).toEqual(['b_main'])
    expect(rig.machine.containers()).toHaveLength(1)
  })

  test('A12: the only workload, deleted while the node is away, is gone after its return', async () => {
    await rig.start()
    await rig.master.want(workload('a', { containers: [container(), container({ name: 'side' })] }))
    await rig.settle()
    expect(rig.machine.pods()).toHaveLength(1)
    await rig.kill()
    await rig.master.want()
    await rig.start()
    expect(rig.machine.containers()).toEqual([])
    expect(rig.machine.pods()).toEqual([])
    expect(rig.agent.health().held).toEqual(rig.master.version)
  })

  test('B2: started before its master, it joins when the master appears', async () => {
    const early = await makeRig({ listening: false })
    await early.start()
    expect(early.agent.health().link.phase).toBe('enrolling')
    await early.clock.advance(20_000)
    await early.master.listen()
    await early.clock.advance(4_000)
    expect(early.agent.health()).toMatchObject({ nodeId: 'node-1', link: { phase: 'connected' } })
    await early.stop()
  })

  test('a reboot cuts runs off: OnFailure runs again though its exit code says success', async () => {
    await rig.start()
    await rig.master.want(workload('job', { restartPolicy: 'OnFailure' }))
    await rig.settle()
    await rig.reboot()
    await rig.start()
    expect(running()).toEqual(['job_main'])
  })

  test('what ran to its end is not run again after a boot, even if its container is gone', async () => {
    await rig.start()
    await rig.master.want(workload('job', { restartPolicy: 'OnFailure' }), workload('once', { restartPolicy: 'Never' }))
    await rig.settle()
    rig.machine.exit('job_main', 0)
    rig.machine.exit('once_main', 3)
    await rig.settle()
    await rig.reboot()
    rig.machine.removeByHand('once_main')
    rig.machine.calls.length = 0
    await rig.start()
    expect(rig.machine.calls).toEqual([])
    expect(rig.master.status('job')).toMatchObject({ state: 'exited', containers: [{ exitCode: 0 }] })
    expect(rig.master.status('once')).toMatchObject({ state: 'dead', containers: [{ exitCode: 3 }] })
  })

  test('many workloads neither leak listeners nor wait for each other', async () => {
    const warnings: string[] = []
    const note = (warning: Error): void => void warnings.push(warning.name)
    process.on('warning', note)
    await rig.start()
    await rig.master.want(...Array.from({ length: 30 }, (_, index) => workload(`w${index}`, { containers: Array.from({ length: 12 }, (__, side) => container({ name: `c${side}` })) })))
    await rig.settle()
    expect(running()).toHaveLength(360)
    process.off('warning', note)
    expect(warnings).toEqual([])
  })

  test('nothing is written while nothing changes', async () => {
    await threeWorkloads()
    await rig.clock.advance(60_000)
    const before = rig.disk.changes
    rig.machine.calls.length = 0
    await rig.clock.advance(10 * 60_000)
    expect(rig.disk.changes).toBe(before)
    expect(rig.machine.calls).toEqual([])
  })
})
