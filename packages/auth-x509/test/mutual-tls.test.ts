import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CertificateAuthority, NodeCredentials, TlsIdentity } from '@piccolo/core/spi'
import { rollAuthority, x509Auth } from '@piccolo/auth-x509'
import { memoryAuth, memoryCredentials } from '@piccolo/testing'
import { contextAt, credentialsOf, dayMs, enrol, hourMs, issue, noDisk, nowMs, openAuthority, signal, temporaryDirectory, tokenFor } from './helpers/cluster.js'
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

const aDay = { notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + dayMs }

function serverIdentity(signer: CertificateAuthority, validity = aDay): Promise<TlsIdentity> {
  return signer.issueServer({ cluster: 'demo', names: ['localhost', '127.0.0.1', '::1'], ...validity }, signal)
}

async function serveWith(identity: TlsIdentity): Promise<number> {
  server = await serve({ identity, clientAuthoritiesPem: authority.authoritiesPem })
  return server.port
}

async function serveAs(signer: CertificateAuthority, validity = aDay): Promise<number> {
  return serveWith(await serverIdentity(signer, validity))
}

async function serveAgain(signer: CertificateAuthority): Promise<number> {
  await server?.close()
  return serveAs(signer)
}

function tlsIdentity(): TlsIdentity {
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

  test('I2: a man in the middle who shows the real certificates beside his own is refused as well, before and after a roll', async () => {
    const stranger = await openAuthority(`${directory.path}/stranger`)
    await enrol(credentials, authority)
    const { verifyServer } = await credentials.enrolment(signal)
    for (const rolls of [0, 1]) {
      if (rolls > 0) await rollAuthority({ directory: `${directory.path}/master`, nowMs }, signal)
      const [real, forged] = [await serverIdentity(authority), await serverIdentity(stranger)]
      const identity = { ...forged, certificateChainPem: forged.certificateChainPem + real.certificateChainPem }
      const port = await serveWith(identity)
      for (const verify of [verifyServer, credentials.verifyServer(() => nowMs)]) {
        await expect(dial(port, { identity: tlsIdentity(), verifyServer: verify })).rejects.toMatchObject({ code: 'unauthenticated' })
      }
      await server?.close()
    }
    server = undefined
  })

  test("I7: a server certificate has expired when the node's earliest possible time says so, whatever the machine's clock says", async () => {
    await enrol(credentials, authority)
    const port = await serveAs(authority, { notBeforeMs: nowMs - 10 * dayMs, notAfterMs: nowMs - 5 * dayMs })
    await expect(dial(port, { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await dial(port, { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs - 7 * dayMs) })).toBe('welcome')
  })

  test('I7: a master whose clock is ten years ahead, and a board that counts from 1970, lock nobody out', async () => {
    const yearMs = 365 * dayMs
    await enrol(credentials, authority)
    const port = await serveAs(authority, { notBeforeMs: nowMs + 10 * yearMs - hourMs, notAfterMs: nowMs + 10 * yearMs + 90 * dayMs })
    for (const earliestMs of [nowMs, 0]) expect(await dial(port, { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => earliestMs) })).toBe('welcome')
  })

  test('I5: a node that was away past the end of its certificate still trusts its master, and is let in again once that is renewed', async () => {
    const { csr } = await credentials.enrolment(signal)
    await credentials.accept(await issue(authority, csr, { validity: { notBeforeMs: nowMs - 90 * dayMs, notAfterMs: nowMs - dayMs } }), signal)
    const port = await serveAs(authority)
    expect(await dial(port, { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs - 30 * dayMs) })).toBe('welcome')
    expect(await server?.client).toMatchObject({ authorized: false })
    await credentials.accept(await issue(authority, (await credentials.renewal(signal)).csr), signal)
    await server?.close()
    await dial(await serveAs(authority), { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })
    expect(await server?.client).toMatchObject({ authorized: true })
  })

  test('I9: an authority rolled within the overlap: node and master prove themselves to each other as before', async () => {
    await enrol(credentials, authority)
    await rollAuthority({ directory: `${directory.path}/master`, nowMs }, signal)
    expect(await dial(await serveAs(authority), { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })).toBe('welcome')
    expect(await server?.client).toMatchObject({ authorized: true })
    expect(authority.authoritiesPem).toHaveLength(2)
  })

  test('I9: an authority rolled twice, and the overlap over: a node that slept through it trusts its master, is renewed by its key, and is let in', async () => {
    await enrol(credentials, authority)
    const [first] = authority.authoritiesPem
    for (let rolls = 0; rolls < 2; rolls += 1) await rollAuthority({ directory: `${directory.path}/master`, nowMs, overlapMs: 0 }, signal)
    const port = await serveAs(authority)
    expect(await dial(port, { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })).toBe('welcome')
    expect(await server?.client).toMatchObject({ authorized: false })
    await credentials.accept(await issue(authority, (await credentials.renewal(signal)).csr), signal)
    await server?.close()
    expect(await dial(await serveAs(authority), { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })).toBe('welcome')
    expect(await server?.client).toMatchObject({ authorized: true })
    // Others find the way, too: who knows the first authority alone, and who knows the newest alone.
    for (const ca of [first ?? '', authority.authoritiesPem[0] ?? '']) expect(await dialStrictly(await serveAgain(authority), { ca: [ca], servername: 'localhost', identity: tlsIdentity() })).toBe('welcome')
  })

  test.each([['older', 0], ['present', 1]])('I9: a node joins a rolled authority with a token that pins its %s key', async (_, index) => {
    const pins = [authority.publicKeyPin, (await rollAuthority({ directory: `${directory.path}/master`, nowMs, overlapMs: 0 }, signal)).publicKeyPin]
    credentials = credentialsOf({ directory: `${directory.path}/newcomer`, token: tokenFor(pins[index] ?? '') })
    await credentials.open(signal)
    const { verifyServer } = await credentials.enrolment(signal)
    expect(await dial(await serveAs(authority), { verifyServer })).toBe('welcome')
    await enrol(credentials, authority)
    await server?.close()
    await dial(await serveAs(authority), { identity: tlsIdentity(), verifyServer: credentials.verifyServer(() => nowMs) })
    expect(await server?.client).toMatchObject({ authorized: true })
  })

  test('I9: with the old key stolen, and rolled without an overlap, neither it nor an older one opens the door', async () => {
    const place = `${directory.path}/master`
    const thieves = []
    for (const overlapMs of [180 * dayMs, 0]) {
      const thief = credentialsOf({ directory: `${directory.path}/thief-${String(overlapMs)}`, token: tokenFor(authority.publicKeyPin) })
      await thief.open(signal)
      await enrol(thief, authority)
      thieves.push(thief)
      await rollAuthority({ directory: place, nowMs, overlapMs }, signal)
      await serverIdentity(authority)
    }
    for (const thief of thieves) {
      const port = await serveAgain(authority)
      await dial(port, { ...(thief.enrolled === undefined ? {} : { identity: thief.enrolled.tls }), verifyServer: () => undefined })
      expect(await server?.client).toMatchObject({ authorized: false })
    }
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
