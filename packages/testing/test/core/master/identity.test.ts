import { describe, expect, it } from 'vitest'
import type { AgentMessage, MasterMessage } from '@piccolo/core/spi'
import { memoryCredentials, memoryDisk, seededRandom, silentLogger } from '../../../src/index.js'
import { admin, facts, masterRig, never, nodeByHand, until, type HandSession, type Rig } from './rig.js'

const dayMs = 86_400_000

/** A board that proves itself by its key, as an agent would. */
async function board(rig: Rig, token: string, name: string) {
  const context = { clock: rig.clock, random: seededRandom(name.length * 7 + name.charCodeAt(0)), logger: silentLogger, disk: memoryDisk() }
  const credentials = memoryCredentials({ token })(context)
  await credentials.open(never)
  const { csr, verifyServer } = await credentials.enrolment(never)
  const transport = rig.network.transport({ name })(context)
  return {
    credentials, transport,
    enrol: async () => credentials.accept(await transport.enroll('master:1', { versions: { min: 1, max: 1 }, token, csr, facts: { ...facts, hostname: name } }, { verifyServer }, never), never),
    renew: async () => credentials.accept(await transport.renew('master:1', { versions: { min: 1, max: 1 }, csr }, { verifyServer }, never), never),
    dial: async () => {
      const identity = credentials.enrolled
      if (identity === undefined) throw new Error('Not enrolled.')
      return transport.connect('master:1', { identity: identity.tls, verifyServer: credentials.verifyServer(() => rig.clock.wallMs()) }, never)
    },
  }
}

const tokenFor = async (rig: Rig, nodeId?: string): Promise<string> => (await rig.operations.createToken(admin, nodeId === undefined ? {} : { nodeId }, never)).token
const standing = async (rig: Rig, node: string) => (await rig.operations.nodes(admin, never)).find(({ name }) => name === node)?.standing
const typesOf = async (rig: Rig) => (await rig.events()).map(({ type }) => type)
const refusal = (rig: Rig, session: HandSession) => until(rig, 'a refusal', () => session.inbox.find((message): message is Extract<MasterMessage, { type: 'refuse' }> => message.type === 'refuse'))
const welcomed = (rig: Rig, session: HandSession) => until(rig, 'a welcome', () => session.inbox.find(({ type }) => type === 'welcome'))

describe('I3: the same id with another key', () => {
  it('is held for a person while the first node goes on, and joins when it is approved; its predecessor is out from then on', async () => {
    await using rig = await masterRig()
    const first = await (await nodeByHand(rig, 'a')).dial()
    await first.becomeReady()
    const second = await board(rig, await tokenFor(rig, 'a'), 'b')
    await expect(second.enrol()).rejects.toMatchObject({ code: 'pending', message: expect.stringContaining('piccolo approve a') as string })
    await expect(second.renew()).rejects.toMatchObject({ code: 'pending' })
    expect(await rig.operations.approvals(admin, never)).toMatchObject([{ node: 'a', reason: 'other-key', hostname: 'b' }])
    expect((await rig.events()).at(-1)).toMatchObject({ type: 'approval-wanted', severity: 'warning', fields: { security: true } })
    await first.send({ type: 'beat', number: 3, sentAtBootMs: 0, lastEcho: 2, loopAgeMs: 0 })
    expect(first.over()).toBe(false)

    await rig.operations.approve(admin, { node: 'a' }, never)
    expect(await rig.operations.approvals(admin, never)).toEqual([])
    expect(first.over()).toBe(false)
    await second.renew()
    const session = await second.dial()
    await session.send({ ...helloOf('a'), bootId: 'boot-b' }, never)
    await until(rig, 'the first to be out', () => (first.over() ? true : undefined))
  })

  it('is turned away for good when it is denied, and the first never noticed', async () => {
    await using rig = await masterRig()
    const first = await (await nodeByHand(rig, 'a')).dial()
    await first.becomeReady()
    const second = await board(rig, await tokenFor(rig, 'a'), 'b')
    await expect(second.enrol()).rejects.toMatchObject({ code: 'pending' })
    await rig.operations.deny(admin, { node: 'a' }, never)
    await expect(second.renew()).rejects.toMatchObject({ code: 'revoked' })
    await rig.clock.advance(1_000)
    expect(first.over()).toBe(false)
    expect(await standing(rig, 'a')).toBe('active')
  })

  it('which of several boards is meant is said by the beginning of a key', async () => {
    await using rig = await masterRig({ joining: 'manual' })
    for (const name of ['b', 'c']) await expect((await board(rig, await tokenFor(rig, 'a'), name)).enrol()).rejects.toMatchObject({ code: 'pending' })
    await expect(rig.operations.approve(admin, { node: 'a' }, never)).rejects.toMatchObject({ code: 'conflict' })
    const [one] = await rig.operations.approvals(admin, never)
    await rig.operations.approve(admin, { node: 'a', key: one?.key.slice(0, 12) ?? '' }, never)
    expect(await rig.operations.approvals(admin, never)).toHaveLength(1)
    await expect(rig.operations.approve(admin, { node: 'nobody' }, never)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('joining by a person\'s word', () => {
  it('waits with a good token until it is approved, and joins with its next attempt', async () => {
    await using rig = await masterRig({ joining: 'manual' })
    const one = await board(rig, await tokenFor(rig, 'a'), 'a')
    await expect(one.enrol()).rejects.toMatchObject({ code: 'pending' })
    expect(await rig.operations.nodes(admin, never)).toEqual([])
    await rig.operations.approve(admin, { node: 'a' }, never)
    await one.renew()
    expect(one.credentials.enrolled?.nodeId).toBe('a')
    expect(await standing(rig, 'a')).toBe('active')
  })
})

describe('I4: a node that is revoked', () => {
  it.each(['keep', 'stop'] as const)('with an open session hears of it at once, with the word to %s its workloads, and gets in no more', async (workloads) => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    const session = await node.dial()
    await session.becomeReady()
    await rig.operations.revokeNode(admin, 'a', { workloads, reason: 'stolen.' }, never)
    const startedMs = rig.clock.monotonicMs()
    expect(await refusal(rig, session)).toMatchObject({ error: { code: 'revoked', message: expect.stringContaining('stolen') as string }, workloads, clusterEpoch: expect.any(String) as string })
    await until(rig, 'the end of the session', () => session.over() || undefined)
    expect(rig.clock.monotonicMs() - startedMs).toBeLessThanOrEqual(1_000)
    const again = await node.dial()
    await again.hello()
    expect(await refusal(rig, again)).toMatchObject({ error: { code: 'revoked' }, workloads })
    expect(await standing(rig, 'a')).toBe('revoked')
    expect(await typesOf(rig)).toEqual(expect.arrayContaining(['node-revoked', 'session-refused']))
  })

  it('leaves its name to a board with another key; its own key is not taken with a new token either', async () => {
    await using rig = await masterRig()
    const stolen = await board(rig, await tokenFor(rig, 'a'), 'a')
    await stolen.enrol()
    await rig.operations.revokeNode(admin, 'a', {}, never)
    await expect(stolen.renew()).rejects.toMatchObject({ code: 'revoked' })
    const fresh = await tokenFor(rig, 'a')
    const { csr, verifyServer } = await stolen.credentials.enrolment(never)
    await expect(stolen.transport.enroll('master:1', { versions: { min: 1, max: 1 }, token: fresh, csr, facts }, { verifyServer }, never)).rejects.toMatchObject({ code: 'revoked' })
    const replacement = await board(rig, fresh, 'b')
    await replacement.enrol()
    expect(replacement.credentials.enrolled?.nodeId).toBe('a')
    expect(await standing(rig, 'a')).toBe('active')
  })

  it('is not revoked twice, and one that has not joined has no key to revoke: the person is told what to do instead', async () => {
    const disk = memoryDisk()
    await disk.replace('node.yaml', new TextEncoder().encode('nodes: [{ hostname: board, name: expected, role: embedded }, { hostname: b, name: a, role: embedded }]'), never)
    await using rig = await masterRig({ nodes: 'node.yaml', disk })
    await expect(rig.operations.revokeNode(admin, 'nobody', {}, never)).rejects.toMatchObject({ code: 'not-found' })
    await expect(rig.operations.revokeNode(admin, 'expected', {}, never)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('token revoke') as string })
    await (await board(rig, await tokenFor(rig, 'a'), 'a')).enrol()
    await rig.operations.revokeNode(admin, 'a', {}, never)
    await expect(rig.operations.revokeNode(admin, 'a', {}, never)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('already') as string })
  })
})

describe('quarantine', () => {
  it('closes the session and lets nobody in with that identity, until a person releases it', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    const session = await node.dial()
    await session.becomeReady()
    await rig.operations.quarantineNode(admin, 'a', { reason: 'odd reports.' }, never)
    expect(await refusal(rig, session)).toMatchObject({ error: { code: 'quarantined' } })
    const again = await node.dial()
    await again.hello()
    expect(await refusal(rig, again)).toMatchObject({ error: { code: 'quarantined', message: expect.stringContaining('odd reports') as string } })
    await rig.operations.releaseNode(admin, 'a', never)
    await expect(rig.operations.releaseNode(admin, 'a', never)).rejects.toMatchObject({ code: 'failed-precondition' })
    const back = await node.dial()
    await back.hello()
    await welcomed(rig, back)
  })

  it('a cloned card is told by a boot that comes back: both are in quarantine, and neither is told to stop anything', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    const original = await node.dial()
    await original.becomeReady()
    const copy = await node.dial()
    await copy.hello({ facts: { ...facts, bootId: 'boot-of-the-copy' }, bootId: 'boot-of-the-copy' })
    await welcomed(rig, copy)
    await until(rig, 'the older session to end', () => original.over() || undefined)
    expect(await standing(rig, 'a')).toBe('active')
    const back = await node.dial()
    await back.hello()
    const said = await refusal(rig, back)
    expect(said).toMatchObject({ error: { code: 'quarantined' } })
    expect(said.workloads).toBeUndefined()
    expect(await refusal(rig, copy)).toMatchObject({ error: { code: 'quarantined' } })
    expect((await rig.events()).find(({ type }) => type === 'identity-cloned')).toMatchObject({ severity: 'critical', fields: { security: true } })
    expect(await standing(rig, 'a')).toBe('quarantined')
  })

  it('a board that only reboots, again and again, is no clone', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    for (let boot = 0; boot < 40; boot += 1) {
      const session = await node.dial()
      await session.hello({ bootId: `boot-${String(boot)}`, facts: { ...facts, bootId: `boot-${String(boot)}` } })
      await welcomed(rig, session)
      await session.close()
      await rig.clock.advance(20_000)
    }
    expect(await standing(rig, 'a')).toBe('active')
  })

  it('a link that breaks over and over is none either: the same boot, and the newest session wins', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const session = await node.dial()
      await session.hello()
      await welcomed(rig, session)
      await rig.clock.advance(15_000)
    }
    expect(await standing(rig, 'a')).toBe('active')
  })
})

describe('a flapping identity', () => {
  it('two agents that take the session from each other are told apart from a bad link by their number: the one that is there stays', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    let last: HandSession | undefined
    for (let attempt = 0; attempt < 7; attempt += 1) {
      last = await node.dial()
      await last.hello()
      await welcomed(rig, last)
    }
    const beyond = await node.dial()
    await beyond.hello()
    expect(await refusal(rig, beyond)).toMatchObject({ error: { code: 'resource-exhausted' }, retryAfterMs: 60_000 })
    expect(last?.over()).toBe(false)
    expect(await typesOf(rig)).toContain('session-refused')
  })
})

describe('I5: a certificate that is over', () => {
  it('opens no session but is renewed by its key, and the session comes with the new one', async () => {
    await using rig = await masterRig()
    const one = await board(rig, await tokenFor(rig, 'a'), 'a')
    await one.enrol()
    await rig.clock.advance(100 * dayMs)
    const late = await one.dial()
    const inbox: MasterMessage[] = []
    void (async () => { for await (const message of late.messages) inbox.push(message) })().catch(() => undefined)
    await late.send(helloOf('a'), never)
    expect(await until(rig, 'a refusal', () => inbox.find(({ type }) => type === 'refuse'))).toMatchObject({ error: { code: 'expired' } })
    await one.renew()
    expect(one.credentials.enrolled?.notAfterMs).toBeGreaterThan(rig.clock.wallMs())
  })

  it('after 180 days more it takes a person', async () => {
    await using rig = await masterRig()
    const one = await board(rig, await tokenFor(rig, 'a'), 'a')
    await one.enrol()
    await rig.clock.advance(269 * dayMs)
    await one.renew()
    await rig.clock.advance(271 * dayMs)
    await expect(one.renew()).rejects.toMatchObject({ code: 'pending' })
    await expect(one.renew()).rejects.toMatchObject({ code: 'pending' })
    expect(await rig.operations.approvals(admin, never)).toMatchObject([{ node: 'a', reason: 'expired' }])
    await rig.operations.approve(admin, { node: 'a' }, never)
    await one.renew()
    expect(one.credentials.enrolled?.notAfterMs).toBeGreaterThan(rig.clock.wallMs())
  })
})

describe('tokens', () => {
  it('are listed without their secrets, and one that is revoked lets nobody in', async () => {
    await using rig = await masterRig()
    const made = await rig.operations.createToken(admin, { nodeId: 'a', role: 'monitor', labels: { site: 'x' }, addresses: ['10.0.7.0/24'] }, never)
    const used = await board(rig, await tokenFor(rig, 'b'), 'b')
    await used.enrol()
    const listed = await rig.operations.tokens(admin, never)
    expect(listed).toMatchObject([{ id: made.id, state: 'open', nodeId: 'a', role: 'monitor', addresses: ['10.0.7.0/24'] }, { state: 'used', usedBy: 'b' }])
    const [, , secret = 'none'] = made.token.split('.')
    expect(JSON.stringify(listed)).not.toContain(secret)
    await rig.operations.revokeToken(admin, made.id, never)
    await expect((await board(rig, made.token, '10.0.7.9')).enrol()).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(rig.operations.revokeToken(admin, 'none', never)).rejects.toMatchObject({ code: 'not-found' })
    await rig.clock.advance(16 * 60_000)
    expect((await rig.operations.tokens(admin, never)).map(({ state }) => state)).toEqual(['revoked', 'used'])
    expect((await rig.events()).find(({ type }) => type === 'enrolment-refused')?.message).toContain('taken back')
  })

  it('bound to addresses are good from there only, and not spent by an attempt from elsewhere', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, { nodeId: 'a', addresses: ['10.0.7.0/24', 'fd00::/8'] }, never)
    await expect((await board(rig, token, '10.0.8.1')).enrol()).rejects.toMatchObject({ code: 'permission-denied', message: expect.stringContaining('10.0.7.0/24') as string })
    await (await board(rig, token, '10.0.7.200')).enrol()
    await expect(rig.operations.createToken(admin, { addresses: ['10.0.7.0/33'] }, never)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('10.0.7.0/33') as string })
    await expect(rig.operations.createToken(admin, { addresses: [] }, never)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('guessed again and again lock their source out; who has a good one gets in from there all the same, and so does a registered key', async () => {
    await using rig = await masterRig()
    const good = await tokenFor(rig, 'a')
    const wrong = good.replace(/\.[0-9a-f]{40}\./, `.${'0'.repeat(40)}.`)
    const thief = await board(rig, wrong, 'gate')
    for (let attempt = 0; attempt < 20; attempt += 1) await expect(thief.enrol()).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(thief.enrol()).rejects.toMatchObject({ code: 'resource-exhausted', details: { retryAfterMs: expect.any(Number) as number } })
    await expect(thief.renew()).rejects.toMatchObject({ code: 'resource-exhausted' })
    const node = await board(rig, good, 'gate')
    await node.enrol()
    await node.renew()
    await rig.clock.advance(61_000)
    await expect(thief.enrol()).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await typesOf(rig)).toContain('source-locked-out')
  })
})

describe('a session', () => {
  it.each([
    ['without its token', undefined],
    ['with the token of another session', 'ab'.repeat(16)],
  ])('ends with a message %s, which counts for nothing, and a person hears of it', async (_, sessionToken) => {
    await using rig = await masterRig()
    const session = await (await nodeByHand(rig, 'a')).dial()
    await session.becomeReady()
    const entry = { position: { incarnation: 1, seq: 1 }, atMs: 5, severity: 'info' as const, type: 'forged', subject: 'x', message: 'x', fields: {} }
    await session.send({ type: 'report', entries: [entry], sessionToken } as AgentMessage)
    await until(rig, 'its end', () => session.over() || undefined)
    const types = await typesOf(rig)
    expect(types).not.toContain('forged')
    expect(types).toContain('session-token-refused')
  })

  it('a late frame of an older session is refused in the newer one', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    const older = await node.dial()
    await older.hello()
    const welcome = await welcomed(rig, older)
    const newer = await node.dial()
    await newer.becomeReady()
    await newer.send({ type: 'readiness', readiness: { ready: false, findings: [] }, ...(welcome.type === 'welcome' && { sessionToken: welcome.sessionToken }) })
    await until(rig, 'its end', () => newer.over() || undefined)
  })
})

describe('I8: roles of nodes', () => {
  it('only a gateway publishes signals; a role taken away counts for the session that is open', async () => {
    await using rig = await masterRig()
    const session = await (await nodeByHand(rig, 'a')).dial()
    await session.hello()
    const say = (value: number) => session.send({ type: 'signal', signals: [{ name: 'speed', value }] })
    const known = async () => (await rig.operations.signals(admin, never)).find(({ name }) => name === 'speed')?.value
    await say(1)
    await rig.clock.advance(100)
    expect(await known()).toBeUndefined()
    await rig.operations.setNodeRole(admin, 'a', 'gateway', never)
    await say(2)
    await until(rig, 'the signal', async () => ((await known()) === 2 ? true : undefined))
    await rig.operations.setNodeRole(admin, 'a', 'monitor', never)
    await say(3)
    await rig.clock.advance(1_000)
    expect(await known()).toBe(2)
    expect(session.over()).toBe(false)
    expect((await rig.operations.audit(admin, {}, never)).filter(({ operation }) => operation === 'message-refused')).toMatchObject([
      { who: 'node:a', outcome: 'refused', reason: 'The role worker may not send "signal".' }, { who: 'node:a', outcome: 'refused', reason: 'The role monitor may not send "signal".' },
    ])
    await expect(rig.operations.setNodeRole(admin, 'a', 'king' as 'worker', never)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

function helloOf(node: string): Extract<AgentMessage, { type: 'hello' }> {
  return {
    type: 'hello', versions: { min: 1, max: 1 }, agentVersion: '0.1.0', nodeId: node, bootId: 'boot-1', stateEpoch: 's1', highestRevision: 0n, highestTerm: 0n,
    journal: { next: { incarnation: 1, seq: 1 }, lastSeqs: [] }, fencing: 'none', capabilities: [], facts,
  }
}

describe('a quarantine', () => {
  it('is nothing for a node that is revoked already', async () => {
    await using rig = await masterRig()
    await (await board(rig, await tokenFor(rig, 'a'), 'a')).enrol()
    await rig.operations.revokeNode(admin, 'a', {}, never)
    await expect(rig.operations.quarantineNode(admin, 'a', {}, never)).rejects.toMatchObject({ code: 'failed-precondition' })
    expect(await standing(rig, 'a')).toBe('revoked')
  })
})
