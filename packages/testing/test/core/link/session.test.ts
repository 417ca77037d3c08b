import { PiccoloError, type MasterMessage } from '@piccolo/core/spi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../agent/master-end.js'
import { container, makeRig, workload, type Rig } from '../agent/rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

const names = (): string[] => rig.machine.containers().map(({ name, phase }) => `${name} ${phase}`).sort()
const eventTypes = (): string[] => rig.master.of('report').flatMap(({ entries }) => entries.map(({ type }) => type))

describe('signs of life', () => {
  test('the second beat follows the first one\'s echo at once, then one each interval; each names the last echo', async () => {
    await rig.start()
    expect(rig.master.of('beat').map(({ number, lastEcho }) => [number, lastEcho])).toEqual([[1, 0], [2, 1]])
    await rig.clock.advance(2_000)
    expect(rig.master.of('beat').slice(2).map(({ number, lastEcho }) => [number, lastEcho])).toEqual([[3, 2], [4, 3]])
  })

  test('the lease counts from the send time of the last echoed beat, and an echo without lease extends nothing', async () => {
    await rig.start()
    expect(rig.agent.health().leaseMs).toBe(7_000)
    await rig.clock.advance(1_500)
    expect(rig.agent.health().leaseMs).toBe(6_500)
    rig.master.lease = false
    await rig.clock.advance(5_000)
    expect(rig.agent.health().leaseMs).toBe(1_500)
  })

  test('F2: a link that passes nothing is given up after the limit of silence, and dialled again', async () => {
    await rig.start()
    rig.network.cut('agent')
    await rig.clock.advance(5_900)
    expect(rig.agent.health().link.phase).toBe('connected')
    await rig.clock.advance(200)
    expect(rig.agent.health().link).toMatchObject({ phase: 'dialling', reason: 'Nothing was heard from the master for 6000 ms.' })
    rig.network.heal('agent')
    await rig.clock.advance(14_000)
    expect(rig.agent.health().link.phase).toBe('connected')
    expect(rig.master.of('hello')).toHaveLength(2)
  })

  test('dials again within the cap, after waits that grow and are spread out', async () => {
    await rig.start()
    await rig.master.close()
    await rig.clock.advance(60_000)
    await rig.master.listen()
    await rig.clock.advance(2_100)
    expect(rig.agent.health().link.phase).toBe('connected')
  })

  test('a master that hangs up as soon as it has welcomed is dialled more and more seldom as well', async () => {
    await rig.start()
    for (let seconds = 0; seconds < 600; seconds += 1) {
      rig.network.reset('agent')
      await rig.clock.advance(100)
    }
    expect(rig.master.of('hello').length).toBeLessThan(100)
    await rig.clock.advance(5_000)
    rig.master.received.length = 0
    rig.network.reset('agent')
    await rig.clock.advance(500)
    expect(rig.master.of('hello')).toHaveLength(1)
  })

  test('an agent that has said good-bye does not dial again', async () => {
    const random = { next: () => 0, bytes: (length: number) => new Uint8Array(length) }
    const inner = rig.network.transport({ name: 'agent' })
    let dials = 0
    await rig.start({ random, transport: (context) => {
      const transport = inner(context)
      return {
        capabilities: transport.capabilities,
        listen: (...call) => transport.listen(...call), enroll: (...call) => transport.enroll(...call), renew: (...call) => transport.renew(...call),
        close: () => transport.close(),
        async connect(...call) {
          dials += 1
          const channel = await transport.connect(...call)
          const close = async (): Promise<void> => {
            await channel.close()
            await rig.clock.advance(1_000)
          }
          return { peer: channel.peer, messages: channel.messages, send: (...sent) => channel.send(...sent), close }
        },
      }
    } })
    await rig.agent.stop()
    expect(dials).toBe(1)
  })

  test('addresses are tried in turn', async () => {
    await rig.start({ master: ['nowhere:1', 'master:47100'] })
    expect(rig.agent.health().link).toEqual({ phase: 'connected', address: 'master:47100' })
    rig.network.reset('agent')
    await rig.clock.advance(500)
    expect(rig.agent.health().link).toEqual({ phase: 'connected', address: 'master:47100' })
  })

  test('an orderly stop says good-bye and leaves the containers running', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    await rig.agent.stop()
    expect(rig.master.received.at(-1)).toMatchObject({ type: 'bye' })
    expect(names()).toEqual(['a_main running'])
    expect(rig.clock.pending).toBe(0)
  })
})

describe('who may lead', () => {
  const hold = async (change: () => void): Promise<void> => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    change()
    rig.network.reset('agent')
    await rig.clock.advance(1_000)
  }

  test('A8: a master of another cluster epoch is not followed: the node holds, keeps running and waits', async () => {
    await hold(() => { rig.master.clusterEpoch = 'another' })
    expect(rig.agent.health().link).toMatchObject({ phase: 'held' })
    await rig.master.want()
    await rig.clock.advance(60_000)
    expect(names()).toEqual(['a_main running'])
    expect(rig.agent.health().leaseMs).toBe(0)
    rig.master.clusterEpoch = 'epoch-1'
    await rig.clock.advance(30_000)
    expect(rig.agent.health().link.phase).toBe('connected')
    expect(eventTypes().filter((type) => type === 'node-held')).toHaveLength(1)
  })

  test('a master whose term is over is not followed', async () => {
    rig.master.term = 5n
    await hold(() => { rig.master.term = 4n })
    expect(rig.agent.health().link).toMatchObject({ phase: 'held', reason: "The master's term 4 is over: this node has followed term 5." })
    await rig.kill()
    await rig.start()
    expect(rig.agent.health().link.phase).toBe('held')
  })

  test('W10: a new term is followed although a full disk can not take it, and kept as soon as there is room', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    rig.disk.totalBytes = 1
    rig.master.term = 2n
    rig.network.reset('agent')
    await rig.clock.advance(1_000)
    expect(rig.agent.health().link.phase).toBe('connected')
    rig.disk.totalBytes = 2 ** 20
    rig.network.reset('agent')
    await rig.clock.advance(1_000)
    rig.master.term = 1n
    await rig.kill()
    await rig.start()
    expect(rig.agent.health().link).toMatchObject({ phase: 'held', reason: "The master's term 1 is over: this node has followed term 2." })
  })

  test('a refusal is honoured for as long as it says', async () => {
    rig.master.answer = () => ({ type: 'refuse', error: { code: 'pending', message: 'A person must approve.' }, retryAfterMs: 20_000 })
    await rig.start()
    expect(rig.agent.health().link).toEqual({ phase: 'refused', reason: 'pending: A person must approve.' })
    await rig.clock.advance(19_000)
    expect(rig.master.of('hello')).toHaveLength(1)
    rig.master.answer = undefined
    await rig.clock.advance(5_000)
    expect(rig.agent.health().link.phase).toBe('connected')
  })

  test('nothing counts before the welcome', async () => {
    rig.master.answer = () => assignOf({ generation: 5n, digest: sha256('') })
    await rig.start()
    expect(rig.agent.health().held).toBeUndefined()
    expect(rig.disk.changes).toBe(1)
  })
})

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

describe('reports', () => {
  test('each session begins with the full set of statuses, closed by synced', async () => {
    await rig.start()
    await rig.master.want(workload('a'), workload('b'))
    await rig.settle()
    rig.network.reset('agent')
    rig.master.received.length = 0
    await rig.clock.advance(1_000)
    const order = rig.master.received.filter(({ type }) => type === 'status' || type === 'synced')
    expect(order).toMatchObject([{ type: 'status', entries: [{ key: 'workload/a' }, { key: 'workload/b' }] }, { type: 'synced' }])
  })

  test('a board whose containers are not known yet does not look like an empty one', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    await rig.kill()
    rig.machine.fail('open', new PiccoloError('unavailable', 'No engine.'))
    rig.master.received.length = 0
    await rig.start()
    expect(rig.master.of('status').flatMap(({ entries }) => entries)).toMatchObject([{ workload: { state: 'pending', reason: 'RuntimeUnavailable: No engine.' } }])
    rig.machine.fail('open', undefined)
    await rig.clock.advance(1_000)
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    expect(rig.machine.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
  })

  test('events are told again in each session until they are acknowledged, in order and without a gap', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    rig.machine.exit('a_main', 1)
    await rig.clock.advance(1_000)
    const first = rig.master.of('report').flatMap(({ entries }) => entries)
    expect(first.map(({ position }) => position.seq)).toEqual(first.map((_, index) => index + 1))
    await rig.kill()
    rig.master.received.length = 0
    await rig.start()
    expect(rig.master.of('report').flatMap(({ entries }) => entries)).toEqual(first)
    const last = first.at(-1)
    if (last !== undefined) await rig.master.send({ type: 'ack', position: last.position, storeRevision: 200n })
    await rig.settle()
    expect(rig.agent.health().unacknowledgedEvents).toBe(0)
    rig.network.reset('agent')
    rig.master.received.length = 0
    await rig.clock.advance(1_000)
    expect(rig.master.of('hello')).toMatchObject([{ highestRevision: 200n, journal: { next: { incarnation: 2, seq: 1 }, lastSeqs: [] } }])
    expect(rig.master.of('report')).toEqual([])
  })
})
