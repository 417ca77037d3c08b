import { describe, expect, it } from 'vitest'
import type { MasterMessage } from '@piccolo/core/spi'
import { board, helloOf, standing, tokenFor } from './board.js'
import { admin, masterRig, never, nodeByHand, until } from './rig.js'

const dayMs = 86_400_000

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
