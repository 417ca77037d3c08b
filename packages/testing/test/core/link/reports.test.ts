import { PiccoloError } from '@piccolo/core/spi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeRig, workload, type Rig } from '../agent/rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

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
