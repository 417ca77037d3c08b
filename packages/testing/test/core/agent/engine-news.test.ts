import { PiccoloError, type ContainerRuntimeAdapter, type RuntimeEvent } from '@piccolo/core/spi'
import { memoryRuntime } from '@piccolo/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { container, makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => {
  rig = await makeRig()
})
afterEach(async () => { await rig.stop() })

const eventsOf = (type: string) => rig.master.of('report').flatMap(({ entries }) => entries.filter((entry) => entry.type === type))

/** An engine that looks before it tells: word of a creation arrives while the start is under way, word of the start much later. */
function slowToTell(adapter: ContainerRuntimeAdapter, { lateMs }: { readonly lateMs: number }): ContainerRuntimeAdapter {
  return (context) => {
    const runtime = adapter(context)
    let tell = (): void => undefined
    const started = new Promise<void>((resolve) => (tell = resolve))
    return {
      ...runtime,
      async start(id, signal) {
        await runtime.start(id, signal)
        tell()
        for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
      },
      async *watch(signal): AsyncGenerator<RuntimeEvent> {
        for await (const event of runtime.watch(signal)) {
          if (event.type === 'changed' && event.container.phase === 'created') await started
          if (event.type === 'changed' && event.container.phase === 'running') await new Promise<void>((resolve) => void context.clock.schedule(lateMs, resolve))
          yield event
        }
      },
    }
  }
}

/** An engine whose news can be held up. What its calls have answered is known all the same. */
function lateNews(adapter: ContainerRuntimeAdapter): { readonly runtime: ContainerRuntimeAdapter; holdUp(): void; tell(): void } {
  let gate: Promise<void> | undefined
  let tell = (): void => undefined
  return {
    runtime: (context) => {
      const runtime = adapter(context)
      return {
        ...runtime,
        async *watch(signal): AsyncGenerator<RuntimeEvent> {
          for await (const event of runtime.watch(signal)) {
            await gate
            yield event
          }
        },
      }
    },
    holdUp: () => { gate = new Promise((resolve) => { tell = () => { gate = undefined; resolve() } }) },
    tell: () => tell(),
  }
}

describe('what the engine tells', () => {
  test('old news of a creation does not undo what the start has answered: one start, told once', async () => {
    await rig.start({ runtime: slowToTell(memoryRuntime(rig.machine), { lateMs: 500 }) })
    await rig.master.want(workload('a'))
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    await rig.clock.advance(1_000)
    expect(rig.machine.calls.filter((call) => call.startsWith('start'))).toEqual(['start a_main'])
    expect(eventsOf('container-started')).toHaveLength(1)
  })

  test('A1: a container that is lost is made anew at once, without a try to start what can not be started', async () => {
    await rig.start()
    await rig.master.want(workload('a'), workload('once', { restartPolicy: 'Never' }))
    await rig.settle()
    await rig.kill()
    for (const name of ['a_main', 'once_main']) rig.machine.lose(name)
    rig.machine.calls.length = 0
    await rig.start()
    expect(rig.machine.calls).toEqual(['remove a_main', 'create a_main', 'start a_main'])
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    expect(rig.master.status('once')).toMatchObject({ state: 'dead', containers: [{ exitCode: 255 }] })
  })

  test('a lost container that crashes again waits as any other would', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    rig.machine.lose('a_main')
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'dead', reason: 'Restarting: exit code unknown' })
    await rig.clock.advance(1_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
  })

  test('late news of a container that was removed does not bring it back', async () => {
    const late = lateNews(memoryRuntime(rig.machine))
    await rig.start({ runtime: late.runtime })
    await rig.master.want(workload('a'))
    await rig.settle()
    late.holdUp()
    await rig.master.want()
    await rig.settle()
    expect(rig.machine.containers()).toEqual([])
    late.tell()
    await rig.settle()
    expect(eventsOf('workload-removed')).toHaveLength(1)
    expect(rig.master.statusesOf('a').map((status) => status?.state).slice(-2)).toEqual(['removing', undefined])
    expect(rig.master.statusesOf('a').filter((status) => status === undefined)).toHaveLength(1)
  })

  test('W7: a container that is removed again and again is back at once each time', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    for (let times = 0; times < 5; times += 1) {
      // Removing what runs ends it first.
      rig.machine.exit('a_main', 137)
      await rig.settle()
      rig.machine.removeByHand('a_main')
      await rig.settle()
      expect(rig.master.status('a')).toMatchObject({ state: 'running', containers: [{ restarts: times + 1 }] })
      expect(rig.master.status('a')).not.toHaveProperty('reason')
    }
  })

  test('W7: a container that is gone without an end to be seen counts as restarted all the same', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    rig.machine.removeByHand('a_main')
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'running', containers: [{ restarts: 1 }] })
    expect(eventsOf('container-restarted')).toHaveLength(1)
  })

  test('W4: a removal by hand does not make a crash loop forget its count', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    for (let times = 0; times < 3; times += 1) {
      rig.machine.exit('a_main', 1)
      await rig.settle()
      rig.machine.removeByHand('a_main')
      await rig.settle()
    }
    rig.machine.exit('a_main', 1)
    await rig.settle()
    await rig.clock.advance(7_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'dead', reason: 'CrashLoopBackOff: exit code 1' })
    await rig.clock.advance(1_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
  })

  test('B1: an engine that goes away unseen makes the node not ready once it fails a call, and ready again once it serves one', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    const gone = new PiccoloError('unavailable', 'There is no engine on this machine.')
    for (const call of ['open', 'create'] as const) rig.machine.fail(call, gone)
    await rig.master.want(workload('a'), workload('b'))
    await rig.settle()
    expect(rig.master.status('b')).toMatchObject({ state: 'pending', reason: 'CreateFailed: There is no engine on this machine.' })
    expect(rig.agent.health().readiness).toMatchObject({ ready: false })
    expect(rig.agent.health().readiness?.findings).toContainEqual({ check: 'container-runtime', level: 'fail', reason: 'There is no engine on this machine.' })
    for (const call of ['open', 'create'] as const) rig.machine.fail(call, undefined)
    await rig.clock.advance(1_000)
    expect(rig.master.status('b')).toMatchObject({ state: 'running' })
    expect(rig.agent.health().readiness).toMatchObject({ ready: true })
  })

  test('W5: an image that is loaded in the middle of a pull that fails is found all the same', async () => {
    const other = 'registry.example/other:1'
    let giveUp = (): void => undefined
    const runtime: ContainerRuntimeAdapter = (context) => {
      const { images, ...rest } = memoryRuntime(rig.machine)(context)
      const pull = (): Promise<void> => new Promise((_, reject) => { giveUp = () => reject(new PiccoloError('unavailable', 'The registry is silent.')) })
      return { ...rest, ...(images && { images: { ...images, pull } }) }
    }
    await rig.start({ runtime })
    await rig.master.want(workload('a', { containers: [container({ image: other })] }))
    await rig.settle()
    rig.machine.putImage(other)
    await rig.settle()
    giveUp()
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
  })

  test('W7: a watch that breaks each time it has begun is begun more and more seldom, one that has lasted at once', async () => {
    let watches = 0
    let lastsMs = 0
    const runtime: ContainerRuntimeAdapter = (context) => ({
      ...memoryRuntime(rig.machine)(context),
      async *watch(): AsyncGenerator<RuntimeEvent> {
        watches += 1
        yield { type: 'resync', containers: [] }
        await new Promise<void>((resolve) => void context.clock.schedule(lastsMs, resolve))
        throw new PiccoloError('unavailable', 'It broke.')
      },
    })
    await rig.start({ runtime })
    await rig.clock.advance(60_000)
    expect(watches).toBeLessThan(12)
    lastsMs = 30_000
    await rig.clock.advance(10_000)
    watches = 0
    await rig.clock.advance(61_000)
    expect(watches).toBe(2)
  })

  test('an agent stops though the watch of its engine does not heed it', async () => {
    const runtime: ContainerRuntimeAdapter = (context) => ({
      ...memoryRuntime(rig.machine)(context),
      async *watch(): AsyncGenerator<RuntimeEvent> {
        yield { type: 'resync', containers: [] }
        await new Promise<never>(() => undefined)
      },
    })
    const agent = await rig.start({ runtime })
    await agent.stop()
    expect(agent.health().link.phase).toBe('stopped')
  })

  test('a registry that is out of reach says nothing about the engine', async () => {
    await rig.start()
    await rig.master.want(workload('a', { containers: [container({ image: 'registry.example/other:1' })] }))
    await rig.settle()
    expect(rig.master.status('a')).toMatchObject({ state: 'pending' })
    rig.machine.fail('open', new PiccoloError('unavailable', 'Not asked.'))
    await rig.clock.advance(20_000)
    expect(rig.agent.health().readiness).toMatchObject({ ready: true })
  })
})
