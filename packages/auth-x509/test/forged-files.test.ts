import { copyFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adminCredential, x509Authenticator } from '@piccolo/auth-x509'
import { PiccoloError } from '@piccolo/core/spi'
import { contextAt, credentialsOf, dayMs, enrol, nowMs, openAuthority, signal, temporaryDirectory, tokenFor } from './helpers/cluster.js'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
const tokens = new Map<string, string>()
const at = (...parts: readonly string[]): string => join(directory.path, ...parts)
const validity = { notBeforeMs: nowMs - dayMs, notAfterMs: nowMs + 90 * dayMs }

/** What lies on the disks of a cluster with one node and one person. Both clusters have one name: only keys tell them apart. */
async function found(name: string): Promise<void> {
  const authority = await openAuthority(at(name, 'master'))
  await authority.issueServer({ cluster: 'demo', names: ['localhost'], ...validity }, signal)
  const credentials = credentialsOf({ directory: at(name, 'node'), token: tokenFor(authority.publicKeyPin) })
  await credentials.open(signal)
  await enrol(credentials, authority)
  await credentials.close()
  tokens.set(name, (await adminCredential({ directory: at(name, 'master') }, signal)).token)
  await authority.close()
}

/** Starts everything over the files as they are now; throws what somebody is told. */
async function useAll(): Promise<void> {
  const authority = await openAuthority(at('own', 'master'))
  try {
    const { certificateChainPem } = await authority.issueServer({ cluster: 'demo', names: ['localhost'], ...validity }, signal)
    const credentials = credentialsOf({ directory: at('own', 'node') })
    await credentials.open(signal)
    const chain = certificateChainPem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []
    credentials.verifyServer(() => nowMs)(chain.map((pem) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')))
    const person = await x509Authenticator({ directory: at('own', 'master'), authoritiesPem: () => authority.authoritiesPem })(contextAt()).authenticate({ type: 'bearer', token: tokens.get('own') ?? '' }, signal)
    if (person === undefined) throw new PiccoloError('unauthenticated', 'The token of the person is not known.')
  } finally {
    await authority.close()
  }
}

beforeEach(async () => {
  directory = await temporaryDirectory()
  for (const name of ['own', 'other']) await found(name)
})
afterEach(() => directory.remove())

/** Only a copy of what can be made anew: that is done, and nobody notices. */
const madeAnew = ['master/server.pem']

describe("the files of a cluster, each of them replaced by another cluster's of the same name, or tampered with", () => {
  test('as they are, all is well', async () => {
    await useAll()
    const files = [...await readdir(at('own', 'master')), ...await readdir(at('own', 'node'))]
    expect(files.sort()).toEqual(['ca-key.pem', 'ca.pem', 'identity.json', 'node-key.pem', 'people.json', 'server.pem'])
  })

  test.each(['master/ca-key.pem', 'master/ca.pem', 'master/server.pem', 'master/people.json', 'node/node-key.pem', 'node/identity.json'])('%s', async (file) => {
    const genuine = await readFile(at('own', file), 'utf8')
    const lines = genuine.split('\n')
    const forgeries: (() => Promise<void>)[] = [
      () => copyFile(at('other', file), at('own', file)),
      () => writeFile(at('own', file), lines.map((line, index) => (index === Math.floor(lines.length / 2) ? line.replace(/[A-Za-z0-9](?=[A-Za-z0-9]{3})/, (letter) => (letter === 'A' ? 'B' : 'A')) : line)).join('\n')),
      () => writeFile(at('own', file), genuine.slice(0, genuine.length / 2)),
      () => writeFile(at('own', file), ''),
    ]
    for (const forge of forgeries) {
      await writeFile(at('own', file), genuine, { mode: 0o600 })
      await useAll()
      await forge()
      expect(await readFile(at('own', file), 'utf8')).not.toBe(genuine)
      const told = await useAll().then(() => undefined, (error: unknown) => error)
      if (madeAnew.includes(file)) expect(told).toBeUndefined()
      else {
        expect(told).toBeInstanceOf(PiccoloError)
        expect((told as PiccoloError).code).toMatch(/^(corrupt|unauthenticated|failed-precondition)$/)
        expect((told as PiccoloError).message).not.toContain('PRIVATE')
      }
    }
  })

  test('the whole directory of the master: its nodes take it for a stranger, for all its name', async () => {
    await rm(at('own', 'master'), { recursive: true })
    await cp(at('other', 'master'), at('own', 'master'), { recursive: true })
    await expect(useAll()).rejects.toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('not trusted') as string })
  })
})
