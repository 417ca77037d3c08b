import { describe, expect, it } from 'vitest'
import { board, refusal, standing, tokenFor, typesOf, welcomed } from './board.js'
import { admin, facts, masterRig, never, nodeByHand, until, type HandSession } from './rig.js'

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

describe('a quarantine', () => {
  it('is nothing for a node that is revoked already', async () => {
    await using rig = await masterRig()
    await (await board(rig, await tokenFor(rig, 'a'), 'a')).enrol()
    await rig.operations.revokeNode(admin, 'a', {}, never)
    await expect(rig.operations.quarantineNode(admin, 'a', {}, never)).rejects.toMatchObject({ code: 'failed-precondition' })
    expect(await standing(rig, 'a')).toBe('revoked')
  })
})
