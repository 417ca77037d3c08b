import { PiccoloError } from '@piccolo/core/spi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

const last = () => rig.master.of('readiness').at(-1)?.readiness
const finding = (check: string) => last()?.findings.find((one) => one.check === check)

describe('readiness', () => {
  test('a fit node says so once, and no more while nothing changes', async () => {
    await rig.start()
    await rig.clock.advance(300_000)
    expect(last()).toMatchObject({ ready: true })
    expect(last()?.findings.every(({ level }) => level === 'ok')).toBe(true)
    const told = rig.master.of('readiness').length
    await rig.clock.advance(300_000)
    expect(rig.master.of('readiness')).toHaveLength(told)
  })

  test('B1: without a container engine it is not ready and says why; mended, it is ready without a restart', async () => {
    rig.machine.fail('open', new PiccoloError('unavailable', 'Podman is not installed; apt-get install podman.'))
    await rig.start()
    expect(last()).toMatchObject({ ready: false })
    expect(finding('container-runtime')).toMatchObject({ level: 'fail', reason: expect.stringMatching(/apt-get install/) as string })
    rig.machine.fail('open', undefined)
    await rig.clock.advance(10_000)
    expect(last()).toMatchObject({ ready: true })
  })

  test.each([[0.81, 'warn', true], [0.92, 'fail', false]] as const)('B1: a disk that is %d full is %s', async (used, level, ready) => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    const taken = rig.disk.totalBytes - (await rig.disk.free(new AbortController().signal)).freeBytes
    rig.disk.totalBytes = Math.round(taken / used)
    await rig.clock.advance(31_000)
    expect(last()).toMatchObject({ ready })
    expect(finding('disk')).toMatchObject({ level })
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    rig.disk.totalBytes = 2 ** 30
    await rig.clock.advance(31_000)
    expect(finding('disk')).toMatchObject({ level: 'ok' })
  })

  test('B1: what is not fit is looked at again soon, then more and more seldom; what is fit every 30 s', async () => {
    let level: 'ok' | 'fail' = 'fail'
    const looks: number[] = []
    const startedMs = rig.clock.monotonicMs()
    const since = (): number => rig.clock.monotonicMs() - startedMs
    await rig.start({ readiness: [{ name: 'door', run: async () => (looks.push(since()), { level, reason: level === 'ok' ? '' : 'It is open.' }) }] })
    await rig.clock.advance(91_000)
    expect(looks.filter((atMs) => atMs > 0)).toEqual([1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000])
    level = 'ok'
    await rig.clock.advance(30_000)
    expect(last()).toMatchObject({ ready: true })
    level = 'fail'
    await rig.clock.advance(30_000)
    expect(last()).toMatchObject({ ready: false })
    level = 'ok'
    await rig.clock.advance(1_000)
    expect(last()).toMatchObject({ ready: true })
  })

  test('B1: a reason that turns into another one is told although the level stays; a figure in it that moves is not', async () => {
    let reason = 'The tank holds 7 litres.'
    await rig.start({ readiness: [{ name: 'tank', run: () => Promise.resolve({ level: 'fail', reason }) }] })
    const told = rig.master.of('readiness').length
    reason = 'The tank holds 6 litres.'
    await rig.clock.advance(61_000)
    expect(rig.master.of('readiness')).toHaveLength(told)
    expect(rig.agent.health().readiness?.findings).toContainEqual({ check: 'tank', level: 'fail', reason })
    reason = 'The tank leaks.'
    await rig.clock.advance(30_000)
    expect(rig.master.of('readiness')).toHaveLength(told + 1)
    expect(finding('tank')).toMatchObject({ reason })
  })

  test('load and memory warn and do not make it unfit', async () => {
    const { start } = rig
    await start({ probe: () => ({
      facts: () => Promise.resolve({ hostname: 'h', architecture: 'x64', os: 'linux', kernel: '6', cpuCores: 4, memoryBytes: 4e9, diskBytes: 3e10, runtime: 'none', cgroupVersion: 2, bootId: 'b' }),
      read: () => Promise.resolve({ memoryTotalBytes: 100, memoryAvailableBytes: 19, load1: 3.3, cpuCores: 4 }),
    }) })
    expect(last()).toMatchObject({ ready: true })
    expect([finding('cpu')?.level, finding('memory')?.level]).toEqual(['warn', 'warn'])
  })

  test("a vendor's own check counts, and one that throws or never answers fails", async () => {
    await rig.start({ readiness: [
      { name: 'modem', run: () => Promise.resolve({ level: 'warn', reason: 'weak signal' }) },
      { name: 'broken', run: () => Promise.reject(new Error('no such device')) },
      { name: 'silent', run: () => new Promise(() => undefined) },
    ] })
    await rig.clock.advance(5_000)
    expect(last()).toMatchObject({ ready: false })
    expect(finding('modem')).toEqual({ check: 'modem', level: 'warn', reason: 'weak signal' })
    expect(finding('broken')).toMatchObject({ level: 'fail', reason: expect.stringMatching(/no such device/) as string })
    expect(finding('silent')).toMatchObject({ level: 'fail', reason: expect.stringMatching(/5000 ms/) as string })
  })

  test('a clock that is off the master\'s is warned about', async () => {
    await rig.start()
    rig.clock.jumpWall(3_600_000)
    await rig.clock.advance(31_000)
    expect(finding('time')).toMatchObject({ level: 'warn', reason: expect.stringMatching(/3600 s off/) as string })
  })

  test('an unfit node starts its workloads after a boot all the same, be its disk full', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    const epoch = rig.master.of('hello').at(-1)?.stateEpoch
    await rig.reboot()
    rig.disk.totalBytes = 1
    await rig.start()
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    expect(last()).toMatchObject({ ready: false })
    expect(rig.master.of('hello').at(-1)?.stateEpoch).not.toBe(epoch)
    await rig.kill()
    rig.disk.totalBytes = 2 ** 30
    await rig.start()
    expect(rig.master.of('hello').at(-1)?.stateEpoch).toBe(epoch)
  })
})
