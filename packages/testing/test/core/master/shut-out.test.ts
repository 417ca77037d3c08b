import { describe, expect, it } from 'vitest'
import type { Caller, MasterMessage, TokenRequest } from '@piccolo/core/spi'
import { memoryBackend, memoryDisk } from '../../../src/index.js'
import { board as boardWith, helloOf } from './board.js'
import { admin, masterRig, never, until, type Rig } from './rig.js'

const dayMs = 86_400_000

async function board(rig: Rig, request: TokenRequest, name: string) {
  const { token } = await rig.operations.createToken(admin, request, never)
  const made = await boardWith(rig, token, name)
  return {
    ...made,
    /** Dials, says hello as this node, and waits for nothing. */
    async say(node: string, bootId = 'boot-1') {
      const channel = await made.dial()
      const inbox: MasterMessage[] = []
      void (async () => { for await (const message of channel.messages) inbox.push(message) })().catch(() => undefined)
      await channel.send(helloOf(node, bootId), never)
      return { inbox, answer: () => until(rig, 'an answer', () => inbox.find(({ type }) => type === 'refuse' || type === 'welcome')) }
    },
  }
}

const audited = async (rig: Rig, operation: string) => (await rig.operations.audit(admin, { limit: 1_000 }, never)).filter((entry) => entry.operation === operation)

describe('who is shut out', () => {
  it('the board that was there before can not shut out the one approved in its place: only the first session of that one decides', async () => {
    await using rig = await masterRig()
    const old = await board(rig, { nodeId: 'a' }, 'a')
    await old.enrol()
    const fresh = await board(rig, { nodeId: 'a' }, 'b')
    await expect(fresh.enrol()).rejects.toMatchObject({ code: 'pending' })
    await rig.operations.approve(admin, { node: 'a' }, never)
    expect((await (await old.say('a')).answer()).type).toBe('welcome')
    await fresh.renew()
    expect((await (await fresh.say('a', 'boot-b')).answer()).type).toBe('welcome')
    await expect(old.renew()).rejects.toMatchObject({ code: 'revoked' })
  })

  it('F11: who is revoked with a word about its workloads hears it even when its certificate is over', async () => {
    await using rig = await masterRig()
    const one = await board(rig, { nodeId: 'a' }, 'a')
    await one.enrol()
    await rig.operations.revokeNode(admin, 'a', { workloads: 'stop' }, never)
    await rig.clock.advance(100 * dayMs)
    expect(await (await one.say('a')).answer()).toMatchObject({ type: 'refuse', error: { code: 'revoked' }, workloads: 'stop' })
  })

  it('who waits for a person and is revoked meanwhile waits no more', async () => {
    await using rig = await masterRig()
    const one = await board(rig, { nodeId: 'a' }, 'a')
    await one.enrol()
    await rig.clock.advance(271 * dayMs)
    await expect(one.renew()).rejects.toMatchObject({ code: 'pending' })
    await rig.operations.revokeNode(admin, 'a', {}, never)
    expect(await rig.operations.approvals(admin, never)).toEqual([])
    await expect(one.renew()).rejects.toMatchObject({ code: 'revoked' })
  })

  it('an approval lifts no quarantine', async () => {
    await using rig = await masterRig()
    const one = await board(rig, { nodeId: 'a' }, 'a')
    await one.enrol()
    await expect((await board(rig, { nodeId: 'a' }, 'b')).enrol()).rejects.toMatchObject({ code: 'pending' })
    await rig.operations.quarantineNode(admin, 'a', {}, never)
    await expect(rig.operations.approve(admin, { node: 'a' }, never)).rejects.toMatchObject({ code: 'failed-precondition' })
    expect(await (await one.say('a')).answer()).toMatchObject({ error: { code: 'quarantined' } })
  })

  it('who is revoked while it is being admitted is not welcomed', async () => {
    const backend = memoryBackend()
    await using rig = await masterRig({}, backend)
    const one = await board(rig, { nodeId: 'a' }, 'a')
    await one.enrol()
    backend.latencyMs = 50
    const session = await one.say('a', 'boot-new')
    await rig.clock.advance(60) // its registration is read, and what it said is on its way
    const revoking = rig.operations.revokeNode(admin, 'a', {}, never)
    await rig.clock.advance(2_000)
    await revoking
    expect(session.inbox.map(({ type }) => type)).toEqual(['refuse'])
  })

  it('a token for less than a known node is, is not good for that node', async () => {
    await using rig = await masterRig()
    await (await board(rig, { nodeId: 'gate', role: 'gateway' }, 'a')).enrol()
    await rig.operations.revokeNode(admin, 'gate', {}, never)
    await expect((await board(rig, { role: 'monitor' }, 'b')).enrol({ wantedNodeId: 'gate' })).rejects.toMatchObject({ code: 'permission-denied', message: expect.stringContaining('monitor') as string })
    await (await board(rig, { role: 'gateway' }, 'c')).enrol({ wantedNodeId: 'gate' })
  })

  it('one key is one node: with a second token it is told so, and spends nothing', async () => {
    await using rig = await masterRig()
    const one = await board(rig, { nodeId: 'a' }, 'a')
    await one.enrol()
    const { token, id } = await rig.operations.createToken(admin, { nodeId: 'b' }, never)
    await expect(one.enrolWith(token)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('"a"') as string })
    expect((await rig.operations.tokens(admin, never)).find((listed) => listed.id === id)?.state).toBe('open')
  })
})

describe('the audit log', () => {
  it('blames who proved it and not who was named, however long the name', async () => {
    await using rig = await masterRig()
    await (await board(rig, { nodeId: 'bow' }, 'bow')).enrol()
    const evil = await board(rig, { nodeId: 'evil' }, 'e')
    await evil.enrol()
    for (const name of ['bow', 'y'.repeat(100_000)]) await (await evil.say(name)).answer()
    await rig.clock.advance(200)
    const entries = await audited(rig, 'session-refused')
    expect(entries.map(({ who }) => who)).toEqual(['node:evil', 'node:evil'])
    expect(entries.every(({ subject, reason = '' }) => subject === 'node/evil' && reason.length < 400)).toBe(true)
  })

  it('is not filled by one who renews over and over, or who is refused over and over', async () => {
    await using rig = await masterRig()
    const one = await board(rig, { nodeId: 'a' }, 'a')
    await one.enrol()
    for (let time = 0; time < 50; time += 1) await one.renew()
    expect(await audited(rig, 'renew')).toEqual([])
    const viewer: Caller = { principal: { kind: 'person', name: 'v', role: 'viewer' }, source: '10.0.0.1:1' }
    for (let time = 0; time < 300; time += 1) await expect(rig.operations.deleteArtifact(viewer, { kind: 'Model', name: `${String(time)}${'z'.repeat(1_000)}` }, never)).rejects.toMatchObject({ code: 'permission-denied' })
    const refused = await audited(rig, 'deleteArtifact')
    expect(refused).toHaveLength(50)
    expect(refused.every(({ subject }) => subject.length <= 200)).toBe(true)
    expect(await audited(rig, 'operations-refused')).toMatchObject([{ who: 'viewer:v', outcome: 'refused' }])
  })

  it('a role that stands in node.yaml is changed there', async () => {
    const disk = memoryDisk()
    await disk.replace('node.yaml', new TextEncoder().encode('nodes: [{ hostname: board, name: a, role: embedded }]'), never)
    await using rig = await masterRig({ nodes: 'node.yaml', disk })
    await expect(rig.operations.setNodeRole(admin, 'a', 'monitor', never)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('node.yaml') as string })
  })
})
