import { describe, expect, it } from 'vitest'
import { board, tokenFor, typesOf } from './board.js'
import { admin, masterRig, never } from './rig.js'

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
