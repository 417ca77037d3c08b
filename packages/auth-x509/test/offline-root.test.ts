import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { certificateAuthoritySuite, nodeCredentialsSuite, registerSuite } from '@piccolo/conformance'
import { createCsr } from '@piccolo/auth-x509/agent'
import { describeAuthority, installIntermediate, requestIntermediate, rollAuthority, signIntermediate, x509Auth } from '@piccolo/auth-x509'
import type { CertificateAuthority, NodeCredentials } from '@piccolo/core/spi'
import { contextAt, credentialsOf, dayMs, enrol, entrust, hourMs, issue, nowMs, openAuthority, signal, temporaryDirectory, tokenFor, unopened } from './helpers/cluster.js'
import { dial, dialStrictly, serve, type TlsServer } from './helpers/tls.js'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let root: string
let place: string
let server: TlsServer | undefined

beforeEach(async () => {
  directory = await temporaryDirectory()
  root = join(directory.path, 'safe')
  place = join(directory.path, 'master')
})
afterEach(async () => {
  await server?.close()
  server = undefined
  await directory.remove()
})

const filesIn = async (path: string): Promise<readonly string[]> => (await readdir(path)).sort()
const validity = { notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + dayMs }

describe('an authority that signs for a root kept elsewhere', () => {
  registerSuite(certificateAuthoritySuite, test, async () => {
    await entrust({ root, master: place, cluster: 'suite' })
    const subject = { authority: () => unopened(place).authority, stranger: () => unopened(join(directory.path, 'strange')).authority, csr: () => createCsr(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) }
    return { subject, dispose: () => Promise.resolve() }
  })

  registerSuite(nodeCredentialsSuite, test, async () => {
    await entrust({ root, master: place, cluster: 'suite' })
    const subject = {
      credentials: (token?: string) => credentialsOf({ directory: join(directory.path, 'agent'), ...(token === undefined ? {} : { token }) }),
      authority: await openAuthority(place, 'suite'), stranger: await openAuthority(join(directory.path, 'strange'), 'suite'),
      csr: () => createCsr(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    }
    return { subject, dispose: () => Promise.resolve() }
  })

  test("has a key of its own, and pins the root's, which never was on its machine", async () => {
    const { publicKeyPin } = await entrust({ root, master: place })
    expect((await openAuthority(place)).publicKeyPin).toBe(publicKeyPin)
    expect(await filesIn(place)).toEqual(['ca-key.pem', 'ca.pem'])
    expect((await stat(join(place, 'ca-key.pem'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(place, 'ca-key.pem'), 'utf8')).not.toBe(await readFile(join(root, 'ca-key.pem'), 'utf8'))
  })

  test('master and node prove themselves to each other over TLS, to those who know the root alone', async () => {
    await entrust({ root, master: place })
    const auth = x509Auth({ directory: place })
    const authority = auth.authority(contextAt())
    await authority.open({ cluster: 'demo' }, signal)
    const node = await joinedTo(authority)
    const identity = await authority.issueServer({ cluster: 'demo', names: ['localhost'], ...validity }, signal)
    server = await serve({ identity, clientAuthoritiesPem: authority.authoritiesPem })
    expect(await dial(server.port, { identity: tlsOf(node), verifyServer: node.verifyServer(() => nowMs) })).toBe('welcome')
    const { authorized, certificate } = await server.client
    expect(authorized).toBe(true)
    const principal = await auth.authenticator(contextAt()).authenticate({ type: 'certificate', certificate: certificate ?? new Uint8Array() }, signal)
    expect(principal).toMatchObject({ kind: 'node', nodeId: 'zone-a' })
    expect(await dialStrictly(server.port, { ca: authority.authoritiesPem, servername: 'localhost', identity: tlsOf(node) })).toBe('welcome')
  })

  test('given a new key by the same root, is trusted by nodes that know nothing of it, and knows theirs', async () => {
    await entrust({ root, master: place })
    const auth = x509Auth({ directory: place })
    const authority = auth.authority(contextAt())
    await authority.open({ cluster: 'demo' }, signal)
    const node = await joinedTo(authority)
    const before = await readFile(join(place, 'ca-key.pem'), 'utf8')
    await entrust({ root, master: place })
    expect(await readFile(join(place, 'ca-key.pem'), 'utf8')).not.toBe(before)
    const identity = await authority.issueServer({ cluster: 'demo', names: ['localhost'], ...validity }, signal)
    server = await serve({ identity, clientAuthoritiesPem: authority.authoritiesPem })
    expect(await dial(server.port, { identity: tlsOf(node), verifyServer: node.verifyServer(() => nowMs) })).toBe('welcome')
    const { authorized, certificate } = await server.client
    expect(authorized).toBe(true)
    expect(await auth.authenticator(contextAt()).authenticate({ type: 'certificate', certificate: certificate ?? new Uint8Array() }, signal)).toMatchObject({ nodeId: 'zone-a' })
  })

  test('I9: its root rolled where that is kept, nodes that slept through it come back', async () => {
    await entrust({ root, master: place })
    const authority = await openAuthority(place)
    const node = await joinedTo(authority)
    const { publicKeyPin } = await rollAuthority({ directory: root, nowMs, overlapMs: 0 }, signal)
    await entrust({ root, master: place })
    const identity = await authority.issueServer({ cluster: 'demo', names: ['localhost'], ...validity }, signal)
    expect(authority.publicKeyPin).toBe(publicKeyPin)
    server = await serve({ identity, clientAuthoritiesPem: authority.authoritiesPem })
    expect(await dial(server.port, { identity: tlsOf(node), verifyServer: node.verifyServer(() => nowMs) })).toBe('welcome')
    expect((await server.client).authorized).toBe(false)
    await node.accept(await issue(authority, (await node.renewal(signal)).csr), signal)
    await server.close()
    server = await serve({ identity, clientAuthoritiesPem: authority.authoritiesPem })
    expect(await dial(server.port, { identity: tlsOf(node), verifyServer: node.verifyServer(() => nowMs) })).toBe('welcome')
    expect((await server.client).authorized).toBe(true)
  })
})

describe('asking the owner of the root', () => {
  test('asks for the same key each time, until it is answered', async () => {
    const [first, second] = [await requestIntermediate({ directory: place, cluster: 'demo' }, signal), await requestIntermediate({ directory: place, cluster: 'demo' }, signal)]
    const sign = ({ requestPem }: typeof first) => signIntermediate({ directory: root, request: requestPem, nowMs, createRoot: true }, signal)
    await sign(first)
    await installIntermediate({ directory: place, certificatesPem: (await sign(second)).certificatesPem }, signal)
    expect(await describeAuthority({ directory: place, nowMs }, signal)).toMatchObject({ entrusted: true, keyPending: false, cluster: 'demo' })
  })

  test('a master that starts meanwhile says so, instead of becoming a root of its own', async () => {
    await requestIntermediate({ directory: place, cluster: 'demo' }, signal)
    await expect(openAuthority(place)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('piccolo ca intermediate') as string })
    expect(await filesIn(place)).toEqual(['ca-next-key.pem'])
  })

  test('is refused where nodes trust this authority as its own root', async () => {
    await openAuthority(place)
    await expect(requestIntermediate({ directory: place, cluster: 'demo' }, signal)).rejects.toMatchObject({ code: 'failed-precondition' })
    expect(await filesIn(place)).toEqual(['ca-key.pem', 'ca.pem'])
  })

  test('makes no root by mistake', async () => {
    const { requestPem } = await requestIntermediate({ directory: place, cluster: 'demo' }, signal)
    await expect(signIntermediate({ directory: root, request: requestPem, nowMs }, signal)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('--create-root') as string })
  })

  test.each(['', 'rubbish', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'])('refuses %j', async (request) => {
    await expect(signIntermediate({ directory: root, request, nowMs, createRoot: true }, signal)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test("refuses a node's request, which says for no cluster", async () => {
    const csr = Buffer.from(createCsr(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)).toString('base64')
    const request = `-----BEGIN CERTIFICATE REQUEST-----\n${csr}\n-----END CERTIFICATE REQUEST-----\n`
    await expect(signIntermediate({ directory: root, request, nowMs, createRoot: true }, signal)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test("refuses to sign with the authority of a master, and for another root's cluster", async () => {
    const { requestPem } = await requestIntermediate({ directory: place, cluster: 'demo' }, signal)
    await openAuthority(root)
    await expect(signIntermediate({ directory: root, request: requestPem, nowMs }, signal)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('authority of a master') as string })
    const other = join(directory.path, 'other')
    await entrust({ root: other, master: join(directory.path, 'factory'), cluster: 'factory' })
    await expect(signIntermediate({ directory: other, request: requestPem, nowMs }, signal)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('"factory"') as string })
  })
})

describe('what the owner of the root has signed', () => {
  test('is refused from another root than the nodes trust', async () => {
    await entrust({ root, master: place })
    const before = await readFile(join(place, 'ca.pem'), 'utf8')
    const { requestPem } = await requestIntermediate({ directory: place, cluster: 'demo' }, signal)
    const { certificatesPem } = await signIntermediate({ directory: join(directory.path, 'other'), request: requestPem, nowMs, createRoot: true }, signal)
    await expect(installIntermediate({ directory: place, certificatesPem }, signal)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('another root') as string })
    expect(await readFile(join(place, 'ca.pem'), 'utf8')).toBe(before)
  })

  test('is refused for another key, and when it is something else', async () => {
    const { requestPem } = await requestIntermediate({ directory: place, cluster: 'demo' }, signal)
    const { certificatesPem } = await signIntermediate({ directory: root, request: requestPem, nowMs, createRoot: true }, signal)
    await rm(join(place, 'ca-next-key.pem'))
    await requestIntermediate({ directory: place, cluster: 'demo' }, signal)
    await expect(installIntermediate({ directory: place, certificatesPem }, signal)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('another key') as string })
    for (const wrong of ['', 'rubbish', certificatesPem.slice(0, 200), await readFile(join(root, 'ca.pem'), 'utf8')]) {
      await expect(installIntermediate({ directory: place, certificatesPem: wrong }, signal)).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(await filesIn(place)).toEqual(['ca-next-key.pem'])
  })

  test('put there before a crash is put in force at the next start', async () => {
    const { requestPem } = await requestIntermediate({ directory: place, cluster: 'demo' }, signal)
    const { certificatesPem, publicKeyPin } = await signIntermediate({ directory: root, request: requestPem, nowMs, createRoot: true }, signal)
    await writeFile(join(place, 'ca.pem'), certificatesPem)
    expect((await openAuthority(place)).publicKeyPin).toBe(publicKeyPin)
    expect(await filesIn(place)).toEqual(['ca-key.pem', 'ca.pem'])
  })
})

test('an authority that signs for a root is not rolled where it is', async () => {
  await entrust({ root, master: place })
  await expect(rollAuthority({ directory: place, nowMs }, signal)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('piccolo ca intermediate') as string })
})

async function joinedTo(authority: CertificateAuthority): Promise<NodeCredentials> {
  const node = credentialsOf({ directory: join(directory.path, 'agent'), token: tokenFor(authority.publicKeyPin) })
  await node.open(signal)
  await enrol(node, authority)
  return node
}

function tlsOf({ enrolled }: NodeCredentials) {
  if (enrolled === undefined) throw new Error('not enrolled')
  return enrolled.tls
}
