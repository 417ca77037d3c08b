import { PiccoloError, type Disk } from '@piccolo/core/spi'
import { memoryCredentials, memoryRuntime } from '@piccolo/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

/** The rig's disk, but for its lock. */
function lockless(error: PiccoloError): Disk {
  const { disk } = rig
  return {
    read: (...call) => disk.read(...call), replace: (...call) => disk.replace(...call), append: (...call) => disk.append(...call),
    sync: (...call) => disk.sync(...call), remove: (...call) => disk.remove(...call), list: (...call) => disk.list(...call),
    watch: (...call) => disk.watch(...call), free: (...call) => disk.free(...call),
    lock: () => Promise.reject(error),
    volatile: disk.volatile,
  }
}

describe('one agent to a state directory', () => {
  test('a second one is refused and told what to do, and the first goes on', async () => {
    const first = await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    await expect(rig.start({ transport: rig.network.transport({ name: 'second' }) })).rejects.toMatchObject({
      code: 'conflict', message: expect.stringMatching(/another agent.*state directory of its own/i) as string,
    })
    await rig.clock.advance(10_000)
    expect(first.health()).toMatchObject({ link: { phase: 'connected' }, incarnation: 1 })
    expect(rig.master.of('hello')).toHaveLength(1)
  })

  test('the next one may begin as soon as the one before has stopped or died', async () => {
    await rig.start()
    await rig.agent.stop()
    await rig.start()
    await rig.reboot()
    await rig.start()
    expect(rig.agent.health().incarnation).toBe(3)
  })

  test('a start that fails leaves it to the next one', async () => {
    const broken = memoryCredentials({ token: rig.master.token })
    await expect(rig.start({ auth: (context) => Object.assign(broken(context), { open: () => Promise.reject(new PiccoloError('corrupt', 'The key is damaged.')) }) })).rejects.toMatchObject({ code: 'corrupt' })
    await rig.start()
    expect(rig.agent.health().link.phase).toBe('connected')
  })

  test.each([
    ['unsupported', 'This machine offers no lock. Install flock.'], ['unavailable', 'The device reports an error.'],
  ] as const)('a disk that can not be locked (%s) keeps no node from its work, and shows in its readiness', async (code, message) => {
    await rig.start({ disk: lockless(new PiccoloError(code, message)), runtime: memoryRuntime(rig.machine) })
    expect(rig.agent.health()).toMatchObject({ link: { phase: 'connected' }, readiness: { ready: true } })
    expect(rig.agent.health().readiness?.findings).toContainEqual({ check: 'state', level: 'warn', reason: `Nothing keeps a second agent from this one's state directory: ${message}` })
  })
})
