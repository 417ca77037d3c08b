import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CertificateAuthority, NodeCredentials } from '@piccolo/core/spi'
import { x509Auth } from '@piccolo/auth-x509'
import { memoryAuth, memoryCredentials } from '@piccolo/testing'
import { contextAt, credentialsOf, dayMs, enrol, hourMs, noDisk, nowMs, openAuthority, signal, temporaryDirectory, tokenFor } from './helpers/cluster.js'
import { dial, dialStrictly, serve, type TlsServer } from './helpers/tls.js'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let authority: CertificateAuthority
let credentials: NodeCredentials
let server: TlsServer | undefined

beforeEach(async () => {
  directory = await temporaryDirectory()
  authority = await openAuthority(`${directory.path}/master`)
  credentials = credentialsOf({ directory: `${directory.path}/agent`, token: tokenFor(authority.publicKeyPin) })
  await credentials.open(signal)
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await directory.remove()
})

async function serveAs(signer: CertificateAuthority, validity = { notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + dayMs }): Promise<number> {
  const identity = await signer.issueServer({ cluster: 'demo', names: ['localhost', '127.0.0.1', '::1'], ...validity }, signal)
  server = await serve({ identity, clientAuthoritiesPem: authority.authoritiesPem })
  return server.port
}

function tlsIdentity(): { readonly certificateChainPem: string; readonly privateKeyPem: string } {
  if (credentials.enrolled === undefined) throw new Error('not enrolled')
  return credentials.enrolled.tls
}

describe('over real TLS 1.3', () => {
  test('a node that has not joined trusts the master whose authority its token pins', async () => {
    const { verifyServer } = await credentials.enrolment(signal)
    expect(await dial(await serveAs(authority), { verifyServer })).toBe('welcome')
    expect(await server?.client).toMatchObject({ authorized: false, certificate: undefined })
  })

  test('I2: a man in the middle with an authority of his own is refused before anything is said to him', async () => {
    const stranger = await openAuthority(`${directory.path}/stranger`)
    const { verifyServer } = await credentials.enrolment(signal)
    await expect(dial(await serveAs(stranger), { verifyServer })).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('master and enrolled node prove themselves to each other', async () => {
    await enrol(credentials, authority)
    const port = await serveAs(authority)
    expect(await dial(port, { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })).toBe('welcome')
    const client = await server?.client
    expect(client).toMatchObject({ authorized: true, protocol: 'TLSv1.3' })

    const auth = x509Auth({ directory: `${directory.path}/master` })
    const ofMaster = auth.authority(contextAt())
    await ofMaster.open({ cluster: 'demo' }, signal)
    const principal = await auth.authenticator(contextAt()).authenticate({ type: 'certificate', certificate: client?.certificate ?? new Uint8Array() }, signal)
    expect(principal).toMatchObject({ kind: 'node', nodeId: 'zone-a', cluster: 'demo' })
  })

  test.each(['piccolo-master', 'localhost'])("the master's certificate also satisfies OpenSSL's own verification as %s", async (servername) => {
    await enrol(credentials, authority)
    const port = await serveAs(authority)
    expect(await dialStrictly(port, { ca: authority.authoritiesPem, servername, identity: tlsIdentity() })).toBe('welcome')
    expect(await server?.client).toMatchObject({ authorized: true })
  })

  test("a node of another cluster's authority is not authorized", async () => {
    const other = await openAuthority(`${directory.path}/other`)
    credentials = credentialsOf({ directory: `${directory.path}/agent-2`, token: tokenFor(other.publicKeyPin) })
    await credentials.open(signal)
    await enrol(credentials, other)
    await dial(await serveAs(authority), { identity: tlsIdentity(), verifyServer: () => undefined })
    expect(await server?.client).toMatchObject({ authorized: false })
  })

  test("I7: an expired server certificate is judged by the node's trusted time, not by the machine's clock", async () => {
    await enrol(credentials, authority)
    const port = await serveAs(authority, { notBeforeMs: nowMs - 10 * dayMs, notAfterMs: nowMs - 5 * dayMs })
    await expect(dial(port, { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await dial(port, { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs - 7 * dayMs) })).toBe('welcome')
  })

  test("the memory twin's certificates serve as well, so that tests of real transports need no authority on disk", async () => {
    const twin = memoryAuth().authority(contextAt())
    await twin.open({ cluster: 'demo' }, signal)
    credentials = memoryCredentials({ token: tokenFor(twin.publicKeyPin) })({ ...contextAt(), disk: noDisk })
    await credentials.open(signal)
    const { verifyServer } = await credentials.enrolment(signal)
    authority = twin
    const port = await serveAs(twin)
    expect(await dial(port, { verifyServer })).toBe('welcome')
    await enrol(credentials, twin)
    await server?.close()
    expect(await dial(await serveAs(twin), { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })).toBe('welcome')
    expect(await server?.client).toMatchObject({ authorized: true, protocol: 'TLSv1.3' })
  })
})
