import { describe, expect, it } from 'vitest'
import type { AgentMessage } from '@piccolo/core/spi'
import { typesOf, welcomed } from './board.js'
import { admin, masterRig, never, nodeByHand, until } from './rig.js'

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
