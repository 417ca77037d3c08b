import { describe, expect, it } from 'vitest'
import type { AgentMessage } from '@piccolo/core/spi'
import { memoryBackend, memoryStore } from '../../../src/index.js'
import { admin, facts, manifest, masterRig, never, nodeByHand, until, workloadStatus, type HandSession, type Rig } from './rig.js'

const phase = async (rig: Rig, name: string) => (await rig.operations.nodes(admin, never)).find((node) => node.name === name)?.phase
const beat = (number: number, lastEcho = number - 1): AgentMessage => ({ type: 'beat', number, sentAtBootMs: 0, lastEcho, loopAgeMs: 0 })

describe('a session', () => {
  it('the newest wins, and nothing that the older one says counts any more', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    const older = await node.dial()
    await older.becomeReady()
    const newer = await node.dial()
    await newer.hello({ held: older.assigns()[0]?.delta.target ?? { generation: 0n, digest: '' } })
    await until(rig, 'its welcome', () => newer.inbox.find(({ type }) => type === 'welcome'))
    await older.send({ type: 'status', entries: [workloadStatus('ghost', 9)] }).catch(() => undefined)
    await older.send({ type: 'readiness', readiness: { ready: false, findings: [{ check: 'old', level: 'fail', reason: 'news' }] } }).catch(() => undefined)
    await until(rig, 'the older one to be over', () => older.over() || undefined)
    expect(older.inbox.at(-1)).toMatchObject({ type: 'refuse', error: { code: 'conflict' } })
    await newer.send({ type: 'synced', position: { incarnation: 1, seq: 1 } })
    await rig.clock.advance(500)
    expect(await rig.operations.workloads(admin, never)).toEqual([])
    expect((await rig.operations.nodes(admin, never))[0]?.readiness).toBeUndefined()
    expect(newer.over()).toBe(false)
  })

  it('the newest wins even if the older one is let in later', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    const [older, newer] = [await node.dial(), await node.dial()]
    rig.backend.latencyMs = 500
    await older.hello()
    await rig.clock.advance(10)
    rig.backend.latencyMs = 0
    await newer.hello()
    await until(rig, 'its welcome', () => newer.inbox.find(({ type }) => type === 'welcome'))
    await rig.clock.advance(3_000)
    expect(newer.over()).toBe(false)
    expect(older.over()).toBe(true)
    expect(older.inbox.at(-1)).toMatchObject({ type: 'refuse', error: { code: 'conflict' } })
  })

  it('ends when its node is called lost: no late beat brings the node back, only a hello does', async () => {
    await using rig = await masterRig({ startGraceMs: 0 })
    const node = await nodeByHand(rig, 'a')
    const first = await node.dial()
    await first.becomeReady()
    for (let second = 0; second < 70; second += 1) await rig.clock.advance(1_000)
    expect(await phase(rig, 'a')).toBe('lost')
    await first.send(beat(3)).catch(() => undefined)
    await rig.clock.advance(1_000)
    expect(await phase(rig, 'a')).toBe('lost')
    expect(first.over()).toBe(true)
    await (await node.dial()).becomeReady()
  })

  it('goes on while the store is away: what it reports is committed when the store is back, once', async () => {
    await using rig = await masterRig()
    const node = await (await nodeByHand(rig, 'a')).dial()
    await node.becomeReady()
    rig.backend.unavailable = true
    const entry = { position: { incarnation: 1, seq: 1 }, atMs: 5, severity: 'info' as const, type: 'container-exited', subject: 'workload/web', message: 'x', fields: {} }
    await node.send({ type: 'report', entries: [entry] })
    for (let number = 3; number < 9; number += 1) {
      await node.send(beat(number))
      await rig.clock.advance(3_000)
    }
    expect(node.over()).toBe(false)
    expect(node.inbox.some(({ type }) => type === 'ack')).toBe(false)
    rig.backend.unavailable = false
    await until(rig, 'the acknowledgement', () => node.inbox.find(({ type }) => type === 'ack'), 2_000)
    expect((await rig.events()).filter(({ type }) => type === 'container-exited')).toHaveLength(1)
  })

  it('ends when its node sends what could not be read back, which is never stored', async () => {
    const rig = await masterRig()
    const node = await (await nodeByHand(rig, 'a')).dial()
    await node.becomeReady()
    const { workload, ...rest } = workloadStatus('x', 1)
    await node.send({ type: 'status', entries: [{ ...rest, workload: { ...workload, state: 'dancing' as 'running' } }] })
    await until(rig, 'the session to be over', () => node.over() || undefined)
    await rig.clock.advance(1_000)
    expect(await rig.operations.workloads(admin, never)).toEqual([])
    await rig.master.stop()
    await rig.master.ended
  })

  it('does not wait for ever for the answer to a command', async () => {
    await using rig = await masterRig()
    const node = await (await nodeByHand(rig, 'a')).dial()
    await node.becomeReady()
    await node.send({ type: 'status', entries: [workloadStatus('x', 1)] })
    await until(rig, 'its state', async () => ((await rig.operations.workloads(admin, never)).length > 0 || undefined))
    const lines = rig.operations.logs(admin, { workload: 'x', follow: false }, never)[Symbol.asyncIterator]().next()
    const outcome = expect(lines).rejects.toMatchObject({ code: 'deadline-exceeded' })
    for (let number = 3; number < 60; number += 1) {
      await node.send(beat(number))
      await rig.clock.advance(1_000)
    }
    await outcome
  })

  it('leaves nothing behind, however often a node comes and goes', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    await (await node.dial()).becomeReady()
    await rig.clock.advance(1_000)
    const pending = rig.clock.pending
    for (let round = 0; round < 20; round += 1) {
      const session = await node.dial()
      await session.hello()
      await until(rig, 'its welcome', () => session.inbox.find(({ type }) => type === 'welcome'))
      await session.close()
      await rig.clock.advance(200)
    }
    expect(rig.clock.pending).toBeLessThanOrEqual(pending + 1)
    await (await node.dial()).becomeReady()
  })

  it.each([
    ['another version', { versions: { min: 7, max: 9 } }, 'unsupported'],
    ['another name', { nodeId: 'b' }, 'unauthenticated'],
    ['another cluster epoch', { clusterEpoch: 'elsewhere' }, 'failed-precondition'],
    ['a later revision than the store has', { highestRevision: 10_000n }, 'failed-precondition'],
  ])('refuses a hello with %s, and says so', async (_, hello, code) => {
    await using rig = await masterRig()
    const node = await (await nodeByHand(rig, 'a')).dial()
    await node.hello(hello)
    await until(rig, 'the end', () => node.over() || undefined)
    expect(node.inbox[0]).toMatchObject({ type: 'refuse', error: { code } })
  })

  it('two applies in a row leave the node with the second', async () => {
    await using rig = await masterRig()
    const node = await (await nodeByHand(rig, 'a')).dial()
    await node.becomeReady()
    rig.backend.latencyMs = 5
    const both = Promise.all([rig.apply(manifest({ x: 'a' })), rig.apply(manifest({ x: 'a' }, { more: ', env: [{ name: A, value: "2" }]' }))])
    let last = ''
    await until(rig, 'the second', async () => {
      await node.hold()
      for (const { delta } of node.assigns()) for (const { content } of delta.upserts) last = new TextDecoder().decode(content)
      return last.includes('"value":"2"') || undefined
    }, 500)
    await both
    expect(node.over()).toBe(false)
  })

  it('what a node says of its readiness is kept in short, however long it is, and harms nobody', async () => {
    const backend = memoryBackend()
    await using rig = await masterRig({ store: memoryStore({ backend, capabilities: { maxValueBytes: 32_768 } }) }, backend)
    const node = await (await nodeByHand(rig, 'a')).dial()
    await node.becomeReady()
    const findings = Array.from({ length: 1_000 }, () => ({ check: 'c', level: 'fail' as const, reason: 'x'.repeat(1_000) }))
    await node.send({ type: 'readiness', readiness: { ready: false, findings } })
    await until(rig, 'it to be not ready', async () => (await phase(rig, 'a')) === 'notReady' || undefined)
    expect(node.over()).toBe(false)
  })

  it('F6: tells a link that breaks from an agent and a board that start anew, and a link that flaps once, then in sums', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    await (await node.dial()).becomeReady()
    const told = async () => (await rig.events()).filter(({ type }) => /^(node-re|agent-)/.test(type) && type !== 'node-registered' && type !== 'node-ready')
    expect(await told()).toEqual([])
    const comeBack = async (hello: Parameters<HandSession['hello']>[0] = {}): Promise<HandSession> => {
      const session = await node.dial()
      await session.hello(hello)
      await until(rig, 'its welcome', () => session.inbox.find(({ type }) => type === 'welcome'))
      return session
    }
    for (let round = 0; round < 200; round += 1) {
      await (await comeBack()).close()
      await rig.clock.advance(10_000)
    }
    expect(await told()).toMatchObject([{ type: 'node-reconnected', node: 'a' }, { type: 'node-reconnected', fields: { repeats: expect.any(Number) as number } }, {}])
    await comeBack({ journal: { next: { incarnation: 2, seq: 1 }, lastSeqs: [] } })
    expect((await told()).at(-1)).toMatchObject({ type: 'agent-restarted', node: 'a' })
    await comeBack({ journal: { next: { incarnation: 3, seq: 1 }, lastSeqs: [] }, bootId: 'boot-2', facts: { ...facts, bootId: 'boot-2' } })
    expect((await told()).at(-1)).toMatchObject({ type: 'node-rebooted', node: 'a' })
  })

  it('a master that was away itself tells of no break, but of an agent that started anew meanwhile', async () => {
    const rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    await (await node.dial()).becomeReady()
    await rig.master.stop()
    const { master, operations } = await rig.start()
    const types = async () => {
      const all = []
      for await (const { type } of operations.events(admin, { follow: false }, never)) all.push(type)
      return all
    }
    const session = await node.dial()
    await session.hello()
    await until(rig, 'its welcome', () => session.inbox.find(({ type }) => type === 'welcome'))
    expect(await types()).not.toContain('node-reconnected')
    const anew = await node.dial()
    await anew.hello({ journal: { next: { incarnation: 2, seq: 1 }, lastSeqs: [] } })
    await until(rig, 'its welcome', () => anew.inbox.find(({ type }) => type === 'welcome'))
    expect(await types()).toContain('agent-restarted')
    await master.stop()
  })
})
