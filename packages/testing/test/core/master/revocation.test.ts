import { describe, expect, it } from 'vitest'
import type { MasterMessage } from '@piccolo/core/spi'
import { memoryDisk } from '../../../src/index.js'
import { board, refusal, standing, tokenFor, typesOf } from './board.js'
import { admin, facts, masterRig, never, nodeByHand, until, type Rig } from './rig.js'

type Refuse = Extract<MasterMessage, { type: 'refuse' }>

/** What the node is told when it dials. */
async function told(rig: Rig, node: Awaited<ReturnType<typeof nodeByHand>>): Promise<Refuse> {
  const session = await node.dial()
  await session.hello()
  return until(rig, 'a refusal', () => session.inbox.find((message): message is Refuse => message.type === 'refuse'))
}

const revocationsOf = async (rig: Rig) => (await rig.operations.audit(admin, {}, never)).filter(({ operation, outcome }) => operation === 'revokeNode' && outcome === 'done')

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

describe('a revoked node that was left to run on', () => {
  it('I4: is told to stop after all when a person says so: with its next connection, with the new reason, as a deed of its own', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    await rig.operations.revokeNode(admin, 'a', { reason: 'replaced.' }, never)
    expect(await told(rig, node)).toMatchObject({ error: { code: 'revoked' }, workloads: 'keep' })
    await rig.operations.revokeNode(admin, 'a', { workloads: 'stop', reason: 'stolen from the quay.' }, never)
    expect(await told(rig, node)).toMatchObject({ error: { code: 'revoked', message: expect.stringContaining('stolen from the quay') as string }, workloads: 'stop' })
    expect((await rig.operations.nodes(admin, never))[0]).toMatchObject({ standing: 'revoked', standingReason: 'stolen from the quay.' })
    expect((await rig.events()).map(({ type }) => type)).toEqual(expect.arrayContaining(['node-revoked', 'node-told-to-stop']))
    expect((await rig.events()).find(({ type }) => type === 'node-told-to-stop')).toMatchObject({ severity: 'warning', node: 'a', fields: { security: true } })
    expect(await revocationsOf(rig)).toHaveLength(2)
  })

  it('keeps the reason it was revoked for if no other one is given', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    await rig.operations.revokeNode(admin, 'a', { reason: 'replaced.' }, never)
    await rig.operations.revokeNode(admin, 'a', { workloads: 'stop' }, never)
    expect(await told(rig, node)).toMatchObject({ error: { message: expect.stringContaining('replaced.') as string }, workloads: 'stop' })
  })

  it.each(['keep', 'stop'] as const)('is not told to %s what it is told already: the person hears what stands', async (workloads) => {
    await using rig = await masterRig()
    await nodeByHand(rig, 'a')
    await rig.operations.revokeNode(admin, 'a', { workloads, reason: 'gone.' }, never)
    await expect(rig.operations.revokeNode(admin, 'a', { workloads }, never)).rejects.toMatchObject({
      code: 'failed-precondition', message: expect.stringMatching(workloads === 'keep' ? /revoked already: gone\. .*run on.*--stop-workloads/ : /revoked already: gone\. .*stop.*stands/) as string,
    })
    expect(await revocationsOf(rig)).toHaveLength(1)
  })

  it('can not be told to run on once it was told to stop', async () => {
    await using rig = await masterRig()
    const node = await nodeByHand(rig, 'a')
    await rig.operations.revokeNode(admin, 'a', { workloads: 'stop' }, never)
    await expect(rig.operations.revokeNode(admin, 'a', { workloads: 'keep' }, never)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('stands') as string })
    expect(await told(rig, node)).toMatchObject({ workloads: 'stop' })
  })

  it('is the last board of its name: one that was revoked under it earlier keeps the word it was given', async () => {
    await using rig = await masterRig()
    const earlier = await nodeByHand(rig, 'a')
    await rig.operations.revokeNode(admin, 'a', {}, never)
    await rig.clock.advance(1_000)
    const later = await nodeByHand(rig, 'a')
    await rig.operations.revokeNode(admin, 'a', {}, never)
    await rig.operations.revokeNode(admin, 'a', { workloads: 'stop' }, never)
    expect([(await told(rig, earlier)).workloads, (await told(rig, later)).workloads]).toEqual(['keep', 'stop'])
  })
})
