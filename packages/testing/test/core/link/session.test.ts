import type { MasterMessage } from '@piccolo/core/spi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../agent/master-end.js'
import { makeRig, workload, type Rig } from '../agent/rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

const names = (): string[] => rig.machine.containers().map(({ name, phase }) => `${name} ${phase}`).sort()
const eventTypes = (): string[] => rig.master.of('report').flatMap(({ entries }) => entries.map(({ type }) => type))

function assignOf(target: { generation: bigint; digest: string }): MasterMessage {
  return { type: 'assign', delta: { base: undefined, target, upserts: [], removals: [] }, storeRevision: 1n }
}

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
