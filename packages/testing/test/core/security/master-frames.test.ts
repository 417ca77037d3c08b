import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MasterMessage } from '@piccolo/core/spi'
import { makeRig, workload, type Rig } from '../agent/rig.js'

let rig: Rig

beforeEach(async () => {
  rig = await makeRig()
  await rig.start()
  await rig.master.want(workload('a'))
  await rig.settle()
})
afterEach(() => rig.stop())

const running = (): readonly string[] => rig.machine.containers().filter(({ phase }) => phase === 'running').map(({ id }) => id)

describe('a frame of a master, forged or replayed by whoever got between', () => {
  it('a set that was tampered with is refused by its digest, and the set before stays', async () => {
    const { version } = rig.master
    if (version === undefined) throw new Error('There is no set.')
    const before = running()
    const upsert = { key: 'workload/b', digest: 'd'.repeat(64), epoch: 1n, content: new TextEncoder().encode(JSON.stringify(workload('b'))) }
    await rig.master.assign({ base: version, target: { generation: version.generation + 1n, digest: version.digest }, upserts: [upsert], removals: [] })
    await rig.master.assign({ base: version, target: { generation: version.generation + 2n, digest: 'f'.repeat(64) }, upserts: [], removals: ['workload/a'] })
    await rig.settle()
    expect(running()).toEqual(before)
    expect(rig.master.of('assign-refused').map(({ error }) => error.code)).toEqual(['corrupt', 'corrupt'])
  })

  it('a set of the past, sent again, is refused by its base', async () => {
    const past = rig.master.version
    await rig.master.want(workload('a'), workload('b'))
    await rig.settle()
    const before = running()
    if (past === undefined) throw new Error('There is no set.')
    await rig.master.assign({ base: past, target: past, upserts: [], removals: ['workload/b'] })
    await rig.settle()
    expect(running()).toEqual(before)
    expect(rig.master.of('assign-refused').at(-1)).toMatchObject({ error: { code: 'conflict' } })
  })

  it.each<readonly [string, (welcome: MasterMessage) => MasterMessage]>([
    ['an older term', (welcome) => ({ ...welcome, ...(welcome.type === 'welcome' && { sessionEpoch: { term: 0n, counter: 9 } }) })],
    ['another cluster epoch', (welcome) => ({ ...welcome, ...(welcome.type === 'welcome' && { clusterEpoch: 'forged' }) })],
  ])('a welcome of %s puts the node on hold: it runs what it runs', async (_, change) => {
    const before = running()
    rig.master.answer = () => change(rig.master.welcome())
    rig.network.reset('agent')
    await rig.clock.advance(5_000)
    expect(rig.agent.health().link.phase).toBe('held')
    await rig.clock.advance(60_000)
    expect(running()).toEqual(before)
  })

  it('nothing counts before the welcome: neither a set nor a command nor a beat', async () => {
    const before = running()
    rig.master.answer = () => ({ type: 'assign', delta: { base: undefined, target: { generation: 999n, digest: '' }, upserts: [], removals: ['workload/a'] }, storeRevision: 999n })
    rig.network.reset('agent')
    await rig.clock.advance(3_000)
    expect(running()).toEqual(before)
    expect(rig.agent.health().link.phase).not.toBe('connected')
  })

  it.each([['of another cluster epoch', 'forged'], ['of no epoch', undefined]] as const)('the word that it is revoked and is to stop, %s, stops nothing', async (_, clusterEpoch) => {
    const before = running()
    rig.master.answer = () => ({ type: 'refuse', error: { code: 'revoked', message: 'forged' }, retryAfterMs: 1_000, workloads: 'stop', ...(clusterEpoch !== undefined && { clusterEpoch }) })
    rig.network.reset('agent')
    await rig.clock.advance(30_000)
    expect(rig.agent.health().link.phase).toBe('refused')
    expect(running()).toEqual(before)
  })

  it.each(['unknown-node', 'unauthenticated', 'quarantined', 'pending', 'expired', 'permission-denied', 'revoked'] as const)('a refusal as %s, for however long, makes it forget neither identity nor workloads', async (code) => {
    const before = running()
    rig.master.answer = () => ({ type: 'refuse', error: { code, message: 'x' }, retryAfterMs: 1_000 })
    rig.network.reset('agent')
    await rig.clock.advance(600_000)
    expect(running()).toEqual(before)
    rig.master.answer = undefined
    await rig.clock.advance(120_000)
    expect(rig.agent.health().link.phase).toBe('connected')
    expect(rig.agent.nodeId).toBe('node-1')
  })

  it('an answer to a beat that was never sent extends no lease', async () => {
    rig.master.echo = false
    await rig.clock.advance(3_000)
    const left = rig.agent.health().leaseMs
    await rig.master.send({ type: 'beat', number: 4_000, sentAtBootMs: 1e12, lease: true })
    await rig.settle()
    expect(rig.agent.health().leaseMs).toBeLessThanOrEqual(left)
  })
})
