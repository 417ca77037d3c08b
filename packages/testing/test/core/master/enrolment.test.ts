import { describe, expect, it } from 'vitest'
import type { EnrollRequest } from '@piccolo/core/spi'
import { memoryCredentials, memoryDisk, seededRandom, silentLogger } from '../../../src/index.js'
import { admin, facts, masterRig, never, type Rig } from './rig.js'

async function applicant(rig: Rig, token: string, name: string) {
  const context = { clock: rig.clock, random: seededRandom(name.length), logger: silentLogger, disk: memoryDisk() }
  const credentials = memoryCredentials({ token })(context)
  await credentials.open(never)
  const { csr, verifyServer } = await credentials.enrolment(never)
  return {
    enrol: (as = token, more: Partial<EnrollRequest> = {}) => rig.network.transport({ name })(context).enroll('master:1', { versions: { min: 1, max: 1 }, token: as, csr, facts, ...more }, { verifyServer }, never),
    renew: (from = name) => rig.network.transport({ name: from })(context).renew('master:1', { versions: { min: 1, max: 1 }, csr }, { verifyServer }, never),
  }
}

describe('enrolment', () => {
  it('an agent that tries a token again and again is told once, then counted and summed up, ever more rarely', async () => {
    await using rig = await masterRig()
    const refusals = async () => (await rig.events()).filter(({ type }) => type === 'enrolment-refused')
    const { token } = await rig.operations.createToken(admin, {}, never)
    await (await applicant(rig, token, 'a')).enrol()
    const other = await applicant(rig, token, 'bb')
    const knock = async (times: number): Promise<void> => {
      for (let attempt = 0; attempt < times; attempt += 1) {
        await expect(other.enrol()).rejects.toMatchObject({ code: 'unauthenticated' })
        await rig.clock.advance(30_000)
      }
    }
    await knock(10)
    expect(await refusals()).toMatchObject([{ message: expect.stringContaining('has been used') as string, fields: { source: 'bb:1' } }])
    await knock(20)
    expect(await refusals()).toMatchObject([{}, { message: expect.stringMatching(/has been used.*19 more times in the last 10 minutes/) as string, fields: { repeats: 19 } }])
    await knock(200)
    expect((await refusals()).length).toBeLessThan(7)
    await rig.clock.advance(86_400_000)
    const before = (await refusals()).length
    await knock(1)
    const after = await refusals()
    expect(after).toHaveLength(before + 1)
    expect(after.at(-1)?.fields['repeats']).toBeUndefined()
  })

  it('a summary that can not be written while the store is away is written when it is back', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, {}, never)
    await (await applicant(rig, token, 'a')).enrol()
    const other = await applicant(rig, token, 'bb')
    for (let attempt = 0; attempt < 3; attempt += 1) await expect(other.enrol()).rejects.toMatchObject({ code: 'unauthenticated' })
    rig.backend.unavailable = true
    await rig.clock.advance(11 * 60_000)
    rig.backend.unavailable = false
    await rig.clock.advance(10_000)
    expect((await rig.events()).filter(({ type }) => type === 'enrolment-refused').at(-1)?.fields['repeats']).toBe(2)
  })

  it('strangers without a token of this master write nothing, but that one of them was locked out', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, {}, never)
    const [prefix = '', , ...rest] = token.split('.')
    const stranger = await applicant(rig, token, 'a')
    const guess = (number: number) => stranger.enrol([prefix, `00000000${String(number).padStart(4, '0')}`, ...rest].join('.'))
    const { revision } = rig.backend
    for (let attempt = 0; attempt < 19; attempt += 1) await expect(guess(attempt)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(rig.backend.revision).toBe(revision)
    await expect(guess(19)).rejects.toMatchObject({ code: 'unauthenticated' })
    for (let attempt = 20; attempt < 40; attempt += 1) await expect(guess(attempt)).rejects.toMatchObject({ code: 'resource-exhausted' })
    expect(rig.backend.revision).toBe(revision + 1n)
    expect((await rig.events()).at(-1)).toMatchObject({ type: 'source-locked-out', subject: 'source/a', fields: { security: true } })
  })

  it('never writes a secret down, neither in events nor in the audit nor beside the token', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, {}, never)
    const [, , secret = ''] = token.split('.')
    await (await applicant(rig, token, 'a')).enrol()
    await (await applicant(rig, token, 'bb')).enrol().catch(() => undefined)
    const everything = rig.backend.list('', {}).entries.map(({ value }) => new TextDecoder().decode(value)).join('\n')
    expect(everything).not.toContain(secret)
  })

  it('a reply that was lost after the commit heals by the same key', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, { nodeId: 'a' }, never)
    const board = await applicant(rig, token, 'a')
    rig.backend.losesReplies = true
    await expect(board.enrol()).rejects.toMatchObject({ code: 'unavailable' })
    rig.backend.losesReplies = false
    await expect(board.enrol()).rejects.toMatchObject({ code: 'conflict' })
    await expect(board.renew()).resolves.toMatchObject({ nodeId: 'a' })
  })

  it('a node may enrol from its address only, and renews by its key from anywhere', async () => {
    const disk = memoryDisk()
    await disk.replace('node.yaml', new TextEncoder().encode('nodes: [{ hostname: board, name: a, ip: 10.0.0.11, role: embedded }]'), never)
    await using rig = await masterRig({ nodes: 'node.yaml', disk })
    const { token } = await rig.operations.createToken(admin, { nodeId: 'a' }, never)
    await expect((await applicant(rig, token, 'elsewhere')).enrol()).rejects.toMatchObject({ code: 'permission-denied', message: expect.stringContaining('10.0.0.11') as string })
    const board = await applicant(rig, token, '10.0.0.11')
    await board.enrol()
    await expect(board.renew('10.9.9.9')).resolves.toMatchObject({ nodeId: 'a' })
  })

  it('a token made for one node is refused to an agent that is to be another, and is good for the right one still', async () => {
    await using rig = await masterRig()
    const { token } = await rig.operations.createToken(admin, { nodeId: 'front' }, never)
    const board = await applicant(rig, token, 'board')
    await expect(board.enrol(token, { wantedNodeId: 'rear' })).rejects.toMatchObject({ code: 'permission-denied', message: expect.stringMatching(/"front".*"rear"/) as string })
    expect(await rig.operations.nodes(admin, never)).toEqual([])
    await expect(board.enrol(token, { wantedNodeId: 'front' })).resolves.toMatchObject({ nodeId: 'front' })
  })
})
