import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryBackend, memoryDisk, memoryStore } from '../../../src/index.js'
import { admin, manifest, masterRig, never, nodeByHand, until } from './rig.js'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const unhandled: unknown[] = []
const note = (error: unknown): void => { unhandled.push(error) }
beforeEach(() => { process.on('unhandledRejection', note) })
afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unhandled.splice(0)).toEqual([])
})

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => { setImmediate(resolve) })
}

describe('the life of a master', () => {
  it('refuses to start on a record that can not be read, and names it', async () => {
    const backend = memoryBackend()
    backend.commit({ preconditions: [], mutations: [{ type: 'put', key: 'nodes/a', value: encode('{"id":1}') }] })
    await expect(masterRig({}, backend)).rejects.toMatchObject({ code: 'corrupt', details: { key: 'nodes/a' } })
    await settled()
  })

  it('ends with a clear error when a record turns unreadable, instead of taking it for absent', async () => {
    await using rig = await masterRig()
    rig.backend.commit({ preconditions: [], mutations: [{ type: 'put', key: 'nodes/a', value: encode('{"id":1}') }] })
    await expect(rig.master.ended).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining('nodes/a') as string })
    await settled()
  })

  it('ends at once when another master takes office, though nothing is to be written', async () => {
    await using rig = await masterRig()
    const second = await rig.start({ transport: rig.network.transport({ listen: 'master:2' }) })
    await expect(rig.master.ended).rejects.toMatchObject({ code: 'failed-precondition', details: { reason: 'term-lost' } })
    await second.master.stop()
  })

  it('an aborted start ends although the store has gone away meanwhile, and leaves nothing open', async () => {
    const rig = await masterRig()
    await rig.master.stop()
    const abort = new AbortController()
    const store = memoryStore({ backend: rig.backend })
    let closed = 0
    const starting = rig.startOnly({
      store: (context) => {
        const port = store(context)
        return { ...bound(port), list: async (prefix, options, signal) => {
          if (prefix === 'nodes/') rig.backend.unavailable = true
          return port.list(prefix, options, signal)
        }, close: () => { closed += 1; return port.close() } }
      },
    }, abort.signal)
    const outcome = expect(starting).rejects.toMatchObject({ code: 'aborted' })
    await rig.clock.advance(1_000)
    abort.abort()
    await rig.clock.advance(10_000)
    await outcome
    expect(closed).toBe(1)
    expect(rig.clock.pending).toBe(0)
    rig.backend.unavailable = false
  })

  it('a failed start tells what failed, even if something can not be closed after it', async () => {
    await expect(masterRig({
      nodes: 'node.yaml', disk: memoryDisk(),
      store: (context) => {
        const port = memoryStore()(context)
        return { ...bound(port), close: () => Promise.reject(new Error('stuck')) }
      },
    })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('stops during work, and leaves no timer', async () => {
    const rig = await masterRig()
    const node = await (await nodeByHand(rig, 'a')).dial()
    await node.becomeReady()
    rig.backend.latencyMs = 50
    const applying = rig.apply(manifest({ x: 'a' })).catch(() => undefined)
    await rig.clock.advance(70)
    const stopping = rig.master.stop()
    await rig.clock.advance(10_000)
    await stopping
    await applying
    await rig.master.ended
    await until(rig, 'the session to be over', () => node.over() || undefined)
    expect(rig.clock.pending).toBe(0)
  })

  it('tells those who listen of what a scenario did', async () => {
    await using rig = await masterRig()
    const told: string[] = []
    rig.master.events.on('event', ({ type }) => { told.push(type) })
    await rig.apply(manifest({ x: 'a' }))
    await until(rig, 'the event', () => told.includes('scenario-satisfied') || undefined)
  })

  it('an apply and a delete at the same time leave no reference that leads nowhere', async () => {
    await using rig = await masterRig()
    const [scenario = '', ...rest] = manifest({ x: 'a' }).split('---\n')
    await rig.apply(rest.join('---\n'))
    rig.backend.latencyMs = 20
    const both = Promise.allSettled([
      rig.operations.deleteManifest(admin, [{ name: 'm', text: rest.join('---\n') }], never),
      new Promise<void>((resolve) => { rig.clock.schedule(10, resolve) }).then(() => rig.apply(scenario)),
    ])
    await rig.clock.advance(2_000)
    await both
    const kinds = new Set((await Promise.all([rig.operations.artifacts(admin, undefined, never), rig.clock.advance(100)]))[0].map(({ kind }) => kind))
    expect(kinds.has('Scenario')).toBe(kinds.has('Package'))
  })
})

/** A store's methods live on its prototype. */
function bound(port: ReturnType<ReturnType<typeof memoryStore>>): typeof port {
  return {
    capabilities: port.capabilities,
    open: (signal) => port.open(signal), close: () => port.close(), get: (key, signal) => port.get(key, signal),
    list: (prefix, options, signal) => port.list(prefix, options, signal), commit: (request, signal) => port.commit(request, signal),
    watch: (prefix, options, signal) => port.watch(prefix, options, signal),
  }
}
