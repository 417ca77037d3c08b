import { copyFile, cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeAuthority, rollAuthority, x509Authority } from '@piccolo/auth-x509'
import { PiccoloError, type CertificateAuthority, type LogMethod } from '@piccolo/core/spi'
import { manualClock } from '@piccolo/testing'
import { rollIn } from '../src/authority/roll-authority.js'
import { directoryFiles } from '../src/files/directory-files.js'
import type { SharedFiles } from '../src/files/private-files.js'
import { contextAt, credentialsOf, dayMs, enrol, hourMs, issue, nowMs, openAuthority, rollNoticed, signal, temporaryDirectory, tokenFor, watchedAuthority } from './helpers/cluster.js'

const validity = { notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + dayMs }
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let place: string
let agents = 0

beforeEach(async () => {
  directory = await temporaryDirectory()
  place = join(directory.path, 'auth')
})
afterEach(() => directory.remove())

const filesIn = async (path: string): Promise<readonly string[]> => (await readdir(path)).sort()
const roll = (overlapMs?: number) => rollAuthority({ directory: place, nowMs, ...(overlapMs === undefined ? {} : { overlapMs }) }, signal)

describe('a roll', () => {
  test('erases the old key, and keeps the new one where only its owner reads it', async () => {
    await openAuthority(place)
    const old = await readFile(join(place, 'ca-key.pem'), 'utf8')
    await roll()
    expect(await filesIn(place)).toEqual(['ca-key.pem', 'ca.pem'])
    expect((await stat(join(place, 'ca-key.pem'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(place, 'ca-key.pem'), 'utf8')).not.toBe(old)
  })

  test('is known to the cluster afterwards: a copy of the directory from before is refused, whose key nodes may not trust any more', async () => {
    await openAuthority(place)
    await cp(place, join(directory.path, 'backup'), { recursive: true })
    const { publicKeyPin: pin } = await roll(0)
    await expect(x509Authority({ directory: join(directory.path, 'backup') })(contextAt()).open({ cluster: 'demo', pin }, signal)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('older copy') as string })
    await roll()
    const authority = x509Authority({ directory: place })(contextAt())
    await authority.open({ cluster: 'demo', pin }, signal)
    await authority.close()
  })

  test('has an overlap of 180 days unless told otherwise, which the old certificate itself says', async () => {
    await openAuthority(place)
    const { publicKeyPin, overlapUntilMs } = await roll()
    expect(overlapUntilMs).toBe(nowMs + 180 * dayMs)
    const { authorities } = await describeAuthority({ directory: place, nowMs }, signal)
    expect(authorities).toMatchObject([{ publicKeyPin, trusted: true }, { notAfterMs: Math.floor(overlapUntilMs / 1000) * 1000, trusted: true }])
    expect((await describeAuthority({ directory: place, nowMs: overlapUntilMs }, signal)).authorities).toMatchObject([{ trusted: true }, { trusted: false }])
  })

  test('I9: however often, chains lead to the last four authorities before, and grow no further', async () => {
    const authority = await openAuthority(place)
    const node = credentialsOf({ directory: join(directory.path, 'agent'), token: tokenFor(authority.publicKeyPin) })
    await node.open(signal)
    await enrol(node, authority)
    for (let count = 1; count <= 4; count += 1) {
      await roll(0)
      node.verifyServer(() => nowMs)(await serverChain(authority))
    }
    await roll(0)
    const chain = await serverChain(authority)
    expect(chain).toHaveLength(6)
    expect(() => { node.verifyServer(() => nowMs)(chain); }).toThrow('not signed by')
  })

  test.each([0, nowMs])('I7: without an overlap trusts the new authority alone, whatever the clock says then (%d) and later', async (atMs) => {
    await openAuthority(place)
    await rollAuthority({ directory: place, nowMs: atMs, overlapMs: 0 }, signal)
    for (const laterMs of [atMs, nowMs, nowMs + 3650 * dayMs]) {
      const { authorities } = await describeAuthority({ directory: place, nowMs: laterMs }, signal)
      expect(authorities.map(({ trusted }) => trusted)).toEqual([true, false])
    }
  })

  test('I7: on a clock that is behind, the overlap goes on until it is right', async () => {
    await openAuthority(place)
    await roll()
    const { authorities } = await describeAuthority({ directory: place, nowMs: 0 }, signal)
    expect(authorities.map(({ trusted }) => trusted)).toEqual([true, true])
  })

  test('of an authority that does not exist makes none', async () => {
    await expect(roll()).rejects.toMatchObject({ code: 'not-found' })
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses an overlap of %d', async (overlapMs) => {
    await openAuthority(place)
    await expect(roll(overlapMs)).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(await filesIn(place)).toEqual(['ca-key.pem', 'ca.pem'])
  })

  test('two at once leave an authority that works, and leads to the one before', async () => {
    const authority = await openAuthority(place)
    const { publicKeyPin } = authority
    const rolls = await Promise.allSettled([roll(), roll()])
    expect(rolls.map(({ status }) => status)).toContain('fulfilled')
    await authority.close()
    const after = await openAuthority(place)
    expect(after.publicKeyPin).not.toBe(publicKeyPin)
    await joins(after, publicKeyPin)
  })
})

describe('a roll that a crash cuts short', () => {
  test.each([
    ['before anything was written', 0, 'old'],
    ['after the new key was written', 1, 'old'],
    ['after the certificates were written', 2, 'new'],
  ] as const)('%s leaves the %3$s authority, and the next roll completes', async (_, writes, left) => {
    const before = await openAuthority(place)
    const oldPin = before.publicKeyPin
    await before.close()
    const crashing = rollIn({ files: crashingAfter(writes, directoryFiles(place)), random: contextAt().random, passphrase: undefined }, { nowMs }, signal)
    await expect(crashing).rejects.toThrow('power cut')
    const restarted = await openAuthority(place)
    const pin = restarted.publicKeyPin
    expect(pin === oldPin).toBe(left === 'old')
    await joins(restarted, oldPin)
    await restarted.close()
    await roll()
    const after = await openAuthority(place)
    expect([oldPin, pin].filter((pin) => pin === after.publicKeyPin)).toEqual([])
    await joins(after, oldPin)
    expect(await filesIn(place)).not.toContain('ca-next-key.pem')
  })

  test('goes on with the key that the first one has made', async () => {
    await (await openAuthority(place)).close()
    await expect(rollIn({ files: crashingAfter(1, directoryFiles(place)), random: contextAt().random, passphrase: undefined }, { nowMs }, signal)).rejects.toThrow('power cut')
    const made = await readFile(join(place, 'ca-next-key.pem'), 'utf8')
    await roll()
    expect(await readFile(join(place, 'ca-key.pem'), 'utf8')).toBe(made)
  })
})

describe('a master that runs', () => {
  test('notices a roll and the end of the overlap by itself, and gets a certificate of the new key', async () => {
    const watched = await watchedAuthority(place)
    const { authority, clock } = watched
    const [old] = authority.authoritiesPem
    await rollNoticed(place, watched, { overlapMs: hourMs })
    expect(authority.authoritiesPem).toHaveLength(2)
    const { certificateChainPem } = await authority.issueServer({ cluster: 'demo', names: [], ...validity }, signal)
    expect(new X509Certificate(certificateChainPem).verify(new X509Certificate(authority.authoritiesPem[0] ?? '').publicKey)).toBe(true)
    expect(new X509Certificate(authority.authoritiesPem[1] ?? '').publicKey.equals(new X509Certificate(old ?? '').publicKey)).toBe(true)
    const ended = new Promise<void>((resolve) => { authority.onChange(resolve) })
    await clock.advance(hourMs)
    await ended
    expect(authority.authoritiesPem).toHaveLength(1)
    await authority.close()
  })

  test('signs with the new key even before it looked', async () => {
    const authority = await openAuthority(place)
    const { publicKeyPin } = await roll()
    await authority.issueServer({ cluster: 'demo', names: [], ...validity }, signal)
    expect(authority.publicKeyPin).toBe(publicKeyPin)
  })

  test('goes on with what it has when the directory is damaged under its hands, says so, and takes it up once it is mended', async () => {
    const errors: string[] = []
    const error: LogMethod = (_, message) => { errors.push(message) }
    const context = contextAt()
    const clock = manualClock(nowMs)
    const authority = x509Authority({ directory: place })({ ...context, clock, logger: { ...context.logger, error } })
    await authority.open({ cluster: 'demo' }, signal)
    const { publicKeyPin } = authority
    await cp(place, join(directory.path, 'backup'), { recursive: true })
    await writeFile(join(place, 'ca.pem'), 'rubbish')
    await authority.issueServer({ cluster: 'demo', names: [], ...validity }, signal)
    expect(authority.publicKeyPin).toBe(publicKeyPin)
    expect(errors).toHaveLength(1)
    await copyFile(join(directory.path, 'backup', 'ca.pem'), join(place, 'ca.pem'))
    const { publicKeyPin: next } = await roll()
    await authority.issueServer({ cluster: 'demo', names: [], ...validity }, signal)
    expect(authority.publicKeyPin).toBe(next)
    expect(errors).toHaveLength(1)
    await authority.close()
    expect(clock.pending).toBe(0)
  })
})

test('a key that waits for its roll does not stand in for one that is lost', async () => {
  await (await openAuthority(place)).close()
  await expect(rollIn({ files: crashingAfter(1, directoryFiles(place)), random: contextAt().random, passphrase: undefined }, { nowMs }, signal)).rejects.toThrow('power cut')
  await rm(join(place, 'ca-key.pem'))
  await expect(openAuthority(place)).rejects.toMatchObject({ code: 'corrupt' })
})

/** Does so many writes, and then none: what reaches the disk before a power cut. */
function crashingAfter(writes: number, files: SharedFiles): SharedFiles {
  let left = writes
  const write = <Args extends readonly unknown[], T>(how: (...args: Args) => Promise<T>) => async (...args: Args): Promise<T> => {
    if (left === 0) throw new PiccoloError('unavailable', 'power cut')
    left -= 1
    return how(...args)
  }
  return { ...files, create: write(files.create), replace: write(files.replace), rename: write(files.rename) }
}

/** A node whose token pins this key joins over what the authority shows. */
async function joins(authority: CertificateAuthority, pin: string): Promise<void> {
  const node = credentialsOf({ directory: join(directory.path, `agent-${String(agents += 1)}`), token: tokenFor(pin) })
  await node.open(signal)
  const { csr, verifyServer } = await node.enrolment(signal)
  verifyServer(await serverChain(authority))
  await node.accept(await issue(authority, csr), signal)
  expect(node.enrolled?.nodeId).toBe('zone-a')
}

async function serverChain(authority: CertificateAuthority): Promise<readonly Uint8Array[]> {
  const { certificateChainPem } = await authority.issueServer({ cluster: 'demo', names: ['localhost'], ...validity }, signal)
  return (certificateChainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem).raw)
}
