import { PiccoloError, type WorkloadContent } from '@piccolo/core/spi'
import { silentLogger } from '@piccolo/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from './master-end.js'
import { container, image, makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => {
  rig = await makeRig()
  await rig.start()
})
afterEach(async () => { await rig.stop() })

const names = (): string[] => rig.machine.containers().map(({ name, phase }) => `${name} ${phase}`).sort()
const idOf = (name: string): string | undefined => rig.machine.containers().find((one) => one.name === name)?.id
const eventsOf = (type: string) => rig.master.of('report').flatMap(({ entries }) => entries.filter((entry) => entry.type === type))

async function want(...contents: readonly WorkloadContent[]): Promise<void> {
  await rig.master.want(...contents)
  await rig.settle()
}

describe('assignments', () => {
  test('W2: the same set twice changes nothing', async () => {
    await want(workload('a'), workload('b'))
    const before = [idOf('a_main'), idOf('b_main')]
    rig.machine.calls.length = 0
    await want(workload('a'), workload('b'))
    expect(rig.machine.calls).toEqual([])
    expect([idOf('a_main'), idOf('b_main')]).toEqual(before)
  })

  test('W2: a changed workload is the only one that restarts', async () => {
    await want(workload('a'), workload('b'))
    const [a, b] = [idOf('a_main'), idOf('b_main')]
    await want(workload('a'), workload('b', { containers: [container({ env: [{ name: 'X', value: '1' }] })] }))
    expect(idOf('a_main')).toBe(a)
    expect(idOf('b_main')).not.toBe(b)
    expect(names()).toEqual(['a_main running', 'b_main running'])
  })

  test('W2: within a workload only the containers whose own spec changed are made anew', async () => {
    await want(workload('a', { containers: [container(), container({ name: 'side' })] }))
    const main = idOf('a_main')
    const side = idOf('a_side')
    await want(workload('a', { containers: [container(), container({ name: 'side', args: ['new'] })] }))
    expect(idOf('a_main')).toBe(main)
    expect(idOf('a_side')).not.toBe(side)
  })

  test('a workload that is taken away is stopped with its grace and leaves nothing', async () => {
    rig.machine.behave(image, { stubborn: true })
    await want(workload('a', { terminationGraceMs: 3_000, containers: [container(), container({ name: 'side' })] }))
    await want()
    expect(rig.master.status('a')).toMatchObject({ state: 'removing' })
    expect(names()).toHaveLength(2)
    await rig.clock.advance(3_000)
    expect(names()).toEqual([])
    expect(rig.machine.pods()).toEqual([])
    expect(rig.master.statusesOf('a').at(-1)).toBeUndefined()
  })

  test('containers of a workload share a pod when the runtime has pods, and run side by side when not', async () => {
    await want(workload('a', { network: 'private', containers: [container(), container({ name: 'side' })] }))
    const [pod] = rig.machine.pods()
    expect(rig.machine.containers().map(({ podId }) => podId)).toEqual([pod?.id, pod?.id])
  })

  test('init containers run one after the other before the others start', async () => {
    rig.machine.behave('localhost/init:1', { afterMs: 1_000 })
    rig.machine.images.add('localhost/init:1')
    const init = (name: string) => container({ name, image: 'localhost/init:1' })
    await want(workload('a', { initContainers: [init('one'), init('two')] }))
    expect(names()).toEqual(['a_one running'])
    await rig.clock.advance(1_000)
    expect(names()).toEqual(['a_one exited', 'a_two running'])
    await rig.clock.advance(1_000)
    expect(names()).toEqual(['a_main running', 'a_one exited', 'a_two exited'])
    expect(rig.master.status('a')).toMatchObject({ state: 'running', containers: [{ name: 'main' }] })
    const before = rig.machine.containers()
    await rig.kill()
    await rig.start()
    expect(rig.machine.containers()).toEqual(before)
  })

  test('a failing init container keeps the workload from starting and says why', async () => {
    rig.machine.images.add('localhost/init:1')
    rig.machine.behave('localhost/init:1', { afterMs: 100, exitCode: 4 })
    await want(workload('a', { initContainers: [container({ name: 'one', image: 'localhost/init:1' })] }))
    await rig.clock.advance(200)
    expect(rig.master.status('a')).toMatchObject({ state: 'dead', reason: 'Restarting: exit code 4' })
    rig.machine.behave('localhost/init:1', { afterMs: 100 })
    await rig.clock.advance(2_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
  })

  test('kinds of assignment that the agent does not know are held byte for byte', async () => {
    const content = new TextEncoder().encode('{"kind":"config","a":1}')
    await rig.master.wantItems([{ key: 'config/x', content }])
    await rig.settle()
    expect(rig.agent.health().held).toEqual(rig.master.version)
    expect(await rig.disk.read(`items/${sha256(content)}`, new AbortController().signal)).toEqual(content)
  })

  test('a workload it does not understand is held and what runs of it runs on', async () => {
    await want(workload('a'))
    const id = idOf('a_main')
    await rig.master.wantItems([{ key: 'workload/a', content: new TextEncoder().encode('{"kind":"workload-of-tomorrow","name":"a"}') }])
    await rig.settle()
    expect(idOf('a_main')).toBe(id)
    expect(eventsOf('assignment-unreadable')).toHaveLength(1)
  })
})

describe('restarts', () => {
  test('W4: a crash loop backs off from 1 s, doubling, and its status counts and explains', async () => {
    rig.machine.behave(image, { afterMs: 10, exitCode: 1 })
    await want(workload('a'))
    const starts = (): number => rig.machine.calls.filter((call) => call === 'start a_main').length
    await rig.clock.advance(10)
    expect(rig.master.status('a')).toMatchObject({ state: 'dead', reason: 'Restarting: exit code 1', containers: [{ exitCode: 1, restarts: 0 }] })
    for (const [delayMs, count] of [[1_000, 2], [2_000, 3], [4_000, 4], [8_000, 5]] as const) {
      await rig.clock.advance(delayMs - 1)
      expect(starts()).toBe(count - 1)
      await rig.clock.advance(11)
      expect(starts()).toBe(count)
    }
    const [status] = rig.master.status('a')?.containers ?? []
    expect(status).toMatchObject({ state: 'dead', restarts: 4, reason: 'CrashLoopBackOff: exit code 1' })
    expect(status?.nextAttemptAtMs).toBeGreaterThan(rig.clock.wallMs() + 15_000)
  })

  test('W4: the backoff is capped, and forgotten after a stable run', async () => {
    rig.machine.behave(image, { afterMs: 10, exitCode: 1 })
    await want(workload('a'))
    await rig.clock.advance(3_600_000)
    const starts = (): number => rig.machine.calls.filter((call) => call === 'start a_main').length
    const before = starts()
    await rig.clock.advance(610_000)
    expect(starts() - before).toBe(2)
    rig.machine.behave(image, {})
    await rig.clock.advance(310_000)
    expect(names()).toEqual(['a_main running'])
    await rig.clock.advance(600_000)
    rig.machine.exit('a_main', 1)
    await rig.clock.advance(1_000)
    expect(names()).toEqual(['a_main running'])
  })

  const policies = [
    ['Always', 0, true], ['Always', 1, true], ['OnFailure', 0, false], ['OnFailure', 1, true], ['Never', 0, false], ['Never', 1, false],
  ] as const
  test.each(policies)('W4: %s after exit code %i: runs again = %s', async (restartPolicy, exitCode, again) => {
    await want(workload('a', { restartPolicy }))
    rig.machine.exit('a_main', exitCode)
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: exitCode === 0 ? 'exited' : 'dead' })
    await rig.clock.advance(1_000)
    expect(rig.master.status('a')).toMatchObject({ state: again ? 'running' : exitCode === 0 ? 'exited' : 'dead' })
    expect(eventsOf('container-exited')).toHaveLength(1)
  })

  test('W4: out of memory is dead, and says so', async () => {
    await want(workload('a', { restartPolicy: 'Never' }))
    rig.machine.exit('a_main', 137, { outOfMemory: true })
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'dead', containers: [{ oomKilled: true }] })
  })

  test('an exit is on its way to the master without any time passing', async () => {
    await want(workload('a'))
    rig.machine.exit('a_main', 1)
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'dead' })
  })

  test('a finished run is run again when the policy becomes Always', async () => {
    await want(workload('a', { restartPolicy: 'OnFailure' }))
    rig.machine.exit('a_main', 0)
    await rig.settle()
    await want(workload('a'))
    expect(names()).toEqual(['a_main running'])
    rig.machine.exit('a_main', 0)
    await rig.clock.advance(1_000)
    expect(names()).toEqual(['a_main running'])
  })

  test('every container of a workload is looked after', async () => {
    await want(workload('a', { containers: [container(), container({ name: 'side' })] }))
    rig.machine.exit('a_side', 1)
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'dead' })
    await rig.clock.advance(1_000)
    expect(names()).toEqual(['a_main running', 'a_side running'])
  })
})

describe('images', () => {
  const other = 'registry.example/other:1'

  test('W5: a missing image is tried again and again with the reason visible; once it is there the workload runs', async () => {
    await want(workload('a', { containers: [container({ image: other })] }))
    expect(rig.master.status('a')).toMatchObject({ state: 'pending', reason: expect.stringMatching(/^ImageUnavailable: .*can't be reached/) as string })
    await rig.clock.advance(20_000)
    expect(eventsOf('image-unavailable')).toHaveLength(1)
    rig.machine.registry.set(other, { pullMs: 100 })
    await rig.clock.advance(20_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    expect(rig.master.status('a')).not.toHaveProperty('reason')
  })

  test('W5: an image that was put there by hand is found as well', async () => {
    await want(workload('a', { containers: [container({ image: other })] }))
    rig.machine.images.add(other)
    await rig.clock.advance(1_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
  })

  test('W5: an image that is loaded is found at once, however long it was missing', async () => {
    await want(workload('a', { containers: [container({ image: other })] }))
    await rig.clock.advance(3_600_000)
    const pulls = (): number => rig.machine.calls.filter((call) => call === `pull ${other}`).length
    const before = pulls()
    rig.machine.putImage('localhost/another:1')
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'pending', reason: expect.stringMatching(/^ImageUnavailable/) as string })
    expect(pulls()).toBe(before)
    rig.machine.putImage(other)
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    expect(rig.master.status('a')).not.toHaveProperty('reason')
  })

  test('W5: so is one that a new version waits for while the old one runs', async () => {
    await want(workload('a'))
    await want(workload('a', { containers: [container({ image: other })] }))
    await rig.clock.advance(3_600_000)
    rig.machine.putImage(other)
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'running', containers: [{ image: other }] })
  })

  test('W5: deleting meanwhile leaves nothing, even in the middle of a pull', async () => {
    rig.machine.registry.set(other, { pullMs: 600_000 })
    await want(workload('a', { containers: [container({ image: other })] }))
    expect(rig.machine.calls).toContain(`pull ${other}`)
    await want()
    expect(rig.master.statusesOf('a').at(-1)).toBeUndefined()
    await rig.clock.advance(700_000)
    expect(names()).toEqual([])
  })

  test('W5: another image in the middle of a pull does not wait for it', async () => {
    rig.machine.registry.set(other, { pullMs: 600_000 })
    await want(workload('a', { containers: [container({ image: other })] }))
    await want(workload('a'))
    expect(rig.master.status('a')).toMatchObject({ state: 'running', containers: [{ image }] })
  })

  test('an update whose image is missing leaves the old version running and says what it waits for', async () => {
    await want(workload('a'))
    const id = idOf('a_main')
    await want(workload('a', { containers: [container({ image: other })] }))
    expect(idOf('a_main')).toBe(id)
    expect(names()).toEqual(['a_main running'])
    expect(rig.master.status('a')).toMatchObject({ state: 'running', reason: expect.stringMatching(/^ImageUnavailable/) as string })
    rig.machine.registry.set(other, { pullMs: 0 })
    await rig.clock.advance(5_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'running', containers: [{ image: other }] })
    expect(rig.master.status('a')).not.toHaveProperty('reason')
  })

  test('after a power cut in the middle of such an update the old version runs again', async () => {
    await want(workload('a'))
    await want(workload('a', { containers: [container({ image: other })] }))
    await rig.reboot()
    await rig.master.close()
    await rig.start()
    expect(names()).toEqual(['a_main running'])
    expect(rig.agent.health().workloads).toMatchObject([{ containers: [{ image }] }])
  })

  test('W10: a version that proved good while the disk was full is what runs on when the next one can not come', async () => {
    const errors: string[] = []
    await rig.kill()
    await rig.start({ logger: { ...silentLogger, error: (_: object, message: string) => void errors.push(message) } })
    await want(workload('a'))
    rig.machine.registry.set(other, { pullMs: 1_000 })
    await want(workload('a', { containers: [container({ image: other })] }))
    rig.disk.totalBytes = 1
    await rig.clock.advance(2_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'running', containers: [{ image: other }] })
    rig.disk.totalBytes = 2 ** 20
    await want(workload('a', { containers: [container({ image: 'localhost/missing:1' })] }))
    expect(rig.master.status('a')).toMatchObject({ state: 'running', containers: [{ image: other }] })
    expect(errors).toEqual([])
  })

  test('imagePullPolicy Always serves from the node when the registry is out of reach', async () => {
    await want(workload('a', { containers: [container({ imagePullPolicy: 'Always' })] }))
    expect(rig.machine.calls).toContain(`pull ${image}`)
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
  })

  test('imagePullPolicy Never pulls nothing', async () => {
    rig.machine.registry.set(other, { pullMs: 0 })
    await want(workload('a', { containers: [container({ image: other, imagePullPolicy: 'Never' })] }))
    await rig.clock.advance(10_000)
    expect(rig.machine.calls).not.toContain(`pull ${other}`)
    expect(rig.master.status('a')).toMatchObject({ state: 'pending', reason: expect.stringMatching(/Never forbids/) as string })
  })
})

describe('the runtime', () => {
  test('W7: a container that somebody removes is back at once', async () => {
    await want(workload('a'))
    rig.machine.removeByHand('a_main')
    await rig.settle()
    expect(names()).toEqual(['a_main running'])
  })

  test('W7: what changed while the engine was away is made good when it is back', async () => {
    await want(workload('a'), workload('b'))
    rig.machine.down()
    rig.machine.removeByHand('a_main')
    await rig.clock.advance(5_000)
    rig.machine.up()
    await rig.clock.advance(10_000)
    expect(names()).toEqual(['a_main running', 'b_main running'])
  })

  test('W7: what failed while the engine was away is tried at once when it is watched again, however often it has failed', async () => {
    await want(workload('a'))
    rig.machine.fail('create', new PiccoloError('unavailable', 'The engine is not there.'))
    await want(workload('a'), workload('b'))
    await rig.clock.advance(3_600_000)
    rig.machine.down()
    await rig.settle()
    rig.machine.fail('create', undefined)
    rig.machine.up()
    await rig.clock.advance(500)
    expect(names()).toEqual(['a_main running', 'b_main running'])
  })

  test('B1: and when a look at the engine\'s health finds it back, which no event tells', async () => {
    const gone = new PiccoloError('unavailable', 'There is no engine on this machine.')
    for (const call of ['open', 'create'] as const) rig.machine.fail(call, gone)
    await want(workload('a'))
    await rig.clock.advance(3_600_000)
    for (const call of ['open', 'create'] as const) rig.machine.fail(call, undefined)
    await rig.clock.advance(30_000)
    expect(names()).toEqual(['a_main running'])
  })

  test('a container whose making was cut off is found and taken over', async () => {
    await want(workload('a'))
    await rig.kill()
    rig.machine.removeByHand('a_main')
    await rig.master.close()
    const create = rig.machine.create.bind(rig.machine)
    rig.machine.create = (scope, spec) => {
      create(scope, spec)
      throw new PiccoloError('unavailable', 'The connection broke.')
    }
    await rig.start()
    rig.machine.create = create
    await rig.clock.advance(1_000)
    expect(names()).toEqual(['a_main running'])
    expect(rig.machine.containers()).toHaveLength(1)
  })

  test('a container that can not be started is made anew in the end', async () => {
    rig.machine.fail('start', new PiccoloError('internal', 'no such device'))
    await want(workload('a'))
    expect(rig.master.status('a')).toMatchObject({ state: 'created', reason: 'StartFailed: no such device' })
    const first = idOf('a_main')
    await rig.clock.advance(1_000)
    rig.machine.fail('start', undefined)
    await rig.clock.advance(2_000)
    expect(names()).toEqual(['a_main running'])
    expect(idOf('a_main')).not.toBe(first)
    expect(eventsOf('container-not-started')).toHaveLength(1)
  })

  test('a removal that fails is tried again, and the status says why it takes so long', async () => {
    await want(workload('a'))
    rig.machine.fail('remove', new PiccoloError('internal', 'device busy'))
    await want()
    expect(rig.master.status('a')).toMatchObject({ state: 'removing', reason: 'RemoveFailed: device busy' })
    rig.machine.fail('remove', undefined)
    await rig.clock.advance(1_000)
    expect(names()).toEqual([])
    expect(rig.master.statusesOf('a').at(-1)).toBeUndefined()
  })
})
