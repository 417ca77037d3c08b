import { describe, expect, it } from 'vitest'
import type { AgentMessage } from '@piccolo/core/spi'
import { memoryCredentials, memoryDisk, seededRandom, silentLogger } from '../../../src/index.js'
import { admin, facts, masterRig, never, nodeByHand, until, workloadStatus, type HandSession, type Rig } from '../master/rig.js'

/** Every frame that a node sends once it has been welcomed, each with something that would show if it counted. */
const frames: readonly AgentMessage[] = [
  { type: 'inventory', items: [{ key: 'workload/forged', digest: 'd', epoch: 1n }] },
  { type: 'readiness', readiness: { ready: false, findings: [{ check: 'forged', level: 'fail', reason: 'forged' }] } },
  { type: 'beat', number: 99, sentAtBootMs: 0, lastEcho: 98, loopAgeMs: 0 },
  { type: 'held', version: { generation: 99n, digest: 'forged' } },
  { type: 'assign-refused', generation: 99n, error: { code: 'corrupt', message: 'forged' } },
  { type: 'status', entries: [workloadStatus('forged', 9)] },
  { type: 'synced', position: { incarnation: 9, seq: 0 } },
  { type: 'report', entries: [{ position: { incarnation: 1, seq: 1 }, atMs: 1, severity: 'critical', type: 'forged', subject: 'x', message: 'forged', fields: {} }] },
  { type: 'reply', commandId: '1-1', done: true },
  { type: 'signal', signals: [{ name: 'forged', value: 1 }] },
  { type: 'bye', reason: 'forged' },
]

async function welcomeOf(rig: Rig, session: HandSession): Promise<string> {
  const welcome = await until(rig, 'a welcome', () => session.inbox.find((message) => message.type === 'welcome'))
  return welcome.sessionToken
}

/** Nothing in the whole store knows of it. */
function expectNoTrace(rig: Rig): void {
  const texts = rig.backend.list('', {}).entries.filter(({ key }) => !key.startsWith('events/') && !key.startsWith('audit/')).map(({ value }) => new TextDecoder().decode(value)).join('\n')
  expect(texts).not.toContain('forged')
}

/** One that may send everything, welcomed, and silent so far. */
async function gateway(rig: Rig) {
  const node = await nodeByHand(rig, 'a')
  await rig.operations.setNodeRole(admin, 'a', 'gateway', never)
  const session = await node.dial()
  await session.hello()
  return { session, sessionToken: await welcomeOf(rig, session) }
}

describe('a frame of a node, forged or replayed', () => {
  it.each(frames.map((frame) => [frame.type, frame] as const))('"%s" of an earlier session of the same node ends the later one and counts for nothing', async (_, frame) => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    await rig.operations.setNodeRole(admin, 'a', 'gateway', never)
    const earlier = await node.dial()
    await earlier.hello()
    const sessionToken = await welcomeOf(rig, earlier)
    const later = await node.dial()
    await later.hello()
    await welcomeOf(rig, later)
    await later.send({ ...frame, sessionToken })
    await until(rig, 'the end of the session', () => later.over() || undefined)
    expectNoTrace(rig)
    expect((await rig.events()).map(({ type }) => type)).toContain('session-token-refused')
  })

  it.each(frames.map((frame) => [frame.type, frame] as const))('"%s" of one node is refused in the session of another', async (_, frame) => {
    await using rig = await masterRig()
    const [a, b] = [await (await nodeByHand(rig, 'a')).dial(), await (await nodeByHand(rig, 'b')).dial()]
    await a.becomeReady()
    await b.becomeReady()
    await b.send({ ...frame, sessionToken: await welcomeOf(rig, a) })
    await until(rig, 'the end of the session', () => b.over() || undefined)
    await rig.clock.advance(200)
    expect(a.over()).toBe(false)
    expect((await rig.operations.nodes(admin, never)).find(({ name }) => name === 'a')).toMatchObject({ phase: 'ready', connected: true })
    expectNoTrace(rig)
  })

  it.each(frames.map((frame) => [frame.type, frame] as const))('"%s" before any hello is refused', async (_, frame) => {
    await using rig = await masterRig()
    const session = await (await nodeByHand(rig, 'a')).dial()
    await session.raw(frame)
    await until(rig, 'the end of the session', () => session.over() || undefined)
    expectNoTrace(rig)
  })

  it.each(frames.filter(({ type }) => type !== 'bye').map((frame) => [frame.type, frame] as const))('"%s" that comes a second time within its own session counts once, and the session goes on', async (_, frame) => {
    await using rig = await masterRig()
    const { session, sessionToken } = await gateway(rig)
    const again = { ...frame, sessionToken, sequence: 1 }
    await session.raw(again)
    await rig.clock.advance(200)
    const before = rig.backend.revision
    for (let time = 0; time < 3; time += 1) await session.raw(again)
    const told = await until(rig, 'the news', async () => (await rig.events()).find(({ type }) => type === 'message-replayed'))
    expect(told).toMatchObject({ node: 'a', message: `A message of type "${frame.type}" came a second time; it counted once.` })
    await rig.clock.advance(200)
    expect(rig.backend.revision).toBe(before + 1n)
    expect(session.over()).toBe(false)
  })

  it('a number that is left out ends nothing: the message between may be of a kind that only a newer version knows', async () => {
    await using rig = await masterRig()
    const { session, sessionToken } = await gateway(rig)
    const report = (seq: number): AgentMessage => ({ type: 'report', entries: [{ position: { incarnation: 1, seq }, atMs: 1, severity: 'info', type: `event-${String(seq)}`, subject: 'x', message: 'x', fields: {} }] })
    await session.raw({ ...report(1), sessionToken, sequence: 1 })
    await session.raw({ ...report(2), sessionToken, sequence: 3 })
    await session.raw({ ...report(3), sessionToken, sequence: 2 })
    await until(rig, 'both', async () => ((await rig.events()).some(({ type }) => type === 'event-2') ? true : undefined))
    await rig.clock.advance(200)
    expect((await rig.events()).map(({ type }) => type).filter((type) => type.startsWith('event-'))).toEqual(['event-1', 'event-2'])
    expect(session.over()).toBe(false)
  })

  it('X2: an agent of a version that does not number its messages is heard; one that does is not allowed to stop', async () => {
    await using rig = await masterRig()
    const { session, sessionToken } = await gateway(rig)
    const say = (value: number, sequence?: number) => session.raw({ type: 'signal', signals: [{ name: 'speed', value }], sessionToken, ...(sequence !== undefined && { sequence }) })
    const known = async () => (await rig.operations.signals(admin, never)).find(({ name }) => name === 'speed')?.value
    await say(1)
    await until(rig, 'its word', async () => ((await known()) === 1 ? true : undefined))
    await say(2, 1)
    await until(rig, 'its word', async () => ((await known()) === 2 ? true : undefined))
    await say(3)
    await rig.clock.advance(200)
    expect(await known()).toBe(2)
  })

  it('one that fills the master up while its store is away is cut off long before the memory is full', async () => {
    await using rig = await masterRig()
    const session = await (await nodeByHand(rig, 'a')).dial()
    await session.becomeReady()
    rig.backend.unavailable = true
    const large = (seq: number): AgentMessage => ({ type: 'report', entries: [{ position: { incarnation: 1, seq }, atMs: 1, severity: 'info', type: 'x', subject: 'x', message: 'z'.repeat(1_000_000), fields: {} }] })
    let sent = 0
    while (!session.over() && sent < 100) {
      sent += 1
      await session.send(large(sent)).catch(() => undefined)
      await rig.clock.advance(10)
    }
    expect(sent).toBeGreaterThan(5)
    expect(sent).toBeLessThan(40)
    rig.backend.unavailable = false
  })

  it('the hello of a node is refused on the connection of another', async () => {
    await using rig = await masterRig()
    await nodeByHand(rig, 'a')
    const b = await (await nodeByHand(rig, 'b')).dial()
    await b.hello({ nodeId: 'a' })
    expect(await until(rig, 'a refusal', () => b.inbox.find((message) => message.type === 'refuse'))).toMatchObject({ error: { code: 'unauthenticated' } })
    expect((await rig.operations.nodes(admin, never)).every(({ connected }) => !connected)).toBe(true)
  })

  it('the hello of an older cluster epoch, or of a later state than this master has, is refused', async () => {
    await using rig = await masterRig()
    for (const more of [{ clusterEpoch: 'another' }, { highestRevision: 10n ** 9n }]) {
      const session = await (await nodeByHand(rig, `n${String(Object.keys(more)[0]?.length)}`)).dial()
      await session.hello(more)
      expect(await until(rig, 'a refusal', () => session.inbox.find((message) => message.type === 'refuse'))).toMatchObject({ error: { code: 'failed-precondition' } })
    }
  })
})

describe('a request of a node, forged or replayed', () => {
  async function applicant(rig: Rig, name: string, token: string) {
    const context = { clock: rig.clock, random: seededRandom(name.charCodeAt(0)), logger: silentLogger, disk: memoryDisk() }
    const credentials = memoryCredentials({ token })(context)
    await credentials.open(never)
    const { csr, verifyServer } = await credentials.enrolment(never)
    const transport = rig.network.transport({ name })(context)
    const request = { versions: { min: 1, max: 1 }, token, csr, facts }
    return { csr, request, verifyServer, transport, enroll: (more = {}) => transport.enroll('master:1', { ...request, ...more }, { verifyServer }, never), renew: (other = csr) => transport.renew('master:1', { versions: { min: 1, max: 1 }, csr: other }, { verifyServer }, never) }
  }

  it('enroll: replayed by the same key it is told that it is in, by any other that the token is spent; nothing is registered twice', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, {}, never)
    const node = await applicant(rig, 'a', token)
    await node.enroll()
    await expect(node.enroll()).rejects.toMatchObject({ code: 'conflict' })
    await expect((await applicant(rig, 'b', token)).enroll()).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await rig.operations.nodes(admin, never)).toHaveLength(1)
  })

  it('enroll: a certificate request that was tampered with, or proves no key, is refused and spends no token', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, {}, never)
    const node = await applicant(rig, 'a', token)
    // In its key, and in its signature.
    for (const at of [30, node.csr.length - 1]) {
      const forged = Uint8Array.from(node.csr, (byte, index) => (index === at ? byte ^ 1 : byte))
      await expect(node.enroll({ csr: forged })).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    await expect(node.enroll({ csr: new Uint8Array() })).rejects.toMatchObject({ code: 'invalid-argument' })
    await node.enroll()
  })

  it('renew: the request of another key gets nothing; that of a registered key gets a certificate that only its holder can use', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, { nodeId: 'a' }, never)
    const node = await applicant(rig, 'a', token)
    await node.enroll()
    const stranger = await applicant(rig, 'x', token)
    await expect(stranger.renew()).rejects.toMatchObject({ code: 'unauthenticated' })
    const replayed = await stranger.renew(node.csr)
    expect(replayed.nodeId).toBe('a')
    const { certificateChainPem } = replayed
    const other = memoryCredentials({ token })({ clock: rig.clock, random: seededRandom(99), logger: silentLogger, disk: memoryDisk() })
    await other.open(never)
    await expect(other.accept(replayed, never)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(certificateChainPem).not.toContain('PRIVATE')
  })
})
