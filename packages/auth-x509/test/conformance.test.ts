import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe } from 'vitest'
import { authenticatorSuite, certificateAuthoritySuite, nodeCredentialsSuite } from '@piccolo/conformance'
import type { CertificateAuthority, PersonRole } from '@piccolo/core/spi'
import { manualClock } from '@piccolo/testing'
import { personCertificate, personCredential, removePerson, setPersonRole, x509Auth } from '@piccolo/auth-x509'
import { createCsr } from '@piccolo/auth-x509/agent'
import { certified } from '../../../tooling/vitest/certified.js'
import { contextAt, credentialsOf, nowMs, openAuthority, rollNoticed, signal, temporaryDirectory, unopened, watchedAuthority, type Watched } from './helpers/cluster.js'

const csr = (): Uint8Array => createCsr(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)

const leafOf = ({ certificateChainPem }: { readonly certificateChainPem: string }): Uint8Array => new X509Certificate(certificateChainPem).raw

const roleSetter = (directory: string, name: string) => (role: PersonRole | undefined): Promise<void> =>
  role === undefined ? removePerson({ directory, name, force: true }, signal) : setPersonRole({ directory, name, role, force: true }, signal)

async function closed(authority: CertificateAuthority, remove: () => Promise<void>): Promise<void> {
  await authority.close()
  await remove()
}

describe('the X.509 authority', () => {
  certified(certificateAuthoritySuite, async () => {
    const { path, remove } = await temporaryDirectory()
    let latest: Watched | undefined
    const authority = () => (latest = unopened(`${path}/own`)).authority
    const roll = async ({ overlap }: { readonly overlap: boolean }): Promise<void> => {
      if (latest !== undefined) await rollNoticed(`${path}/own`, latest, overlap ? {} : { overlapMs: 0 })
    }
    return { subject: { authority, stranger: () => unopened(`${path}/strange`).authority, csr, roll }, dispose: remove }
  }, { adapter: 'x509Authority', page: new URL('../certificates/certificate-authority.md', import.meta.url) })
})

describe('the X.509 authenticator', () => {
  certified(authenticatorSuite, async () => {
    const { path, remove } = await temporaryDirectory()
    const directory = `${path}/own`
    const auth = x509Auth({ directory })
    const clock = manualClock(nowMs)
    const authority = auth.authority({ ...contextAt(), clock })
    await authority.open({ cluster: 'suite' }, signal)
    const role = 'operator'
    const person = { name: 'ada', role, setRole: roleSetter(directory, 'ada') } as const
    const { token } = await personCredential({ directory, name: 'ada', role }, signal)
    const certificate = async (): Promise<Uint8Array> => leafOf(await personCertificate({ directory, name: 'robot', role, nowMs }, signal))
    const subject = {
      authenticator: auth.authenticator(contextAt()), authority, stranger: await openAuthority(`${path}/strange`, 'suite'), csr,
      person: { ...person, token },
      certifiedPerson: { name: 'robot', role, certificate: await certificate(), setRole: roleSetter(directory, 'robot'), replace: certificate } as const,
      roll: ({ overlap }: { readonly overlap: boolean }) => rollNoticed(directory, { authority, clock }, overlap ? {} : { overlapMs: 0 }),
    }
    return { subject, dispose: () => closed(authority, remove) }
  }, { adapter: 'x509Auth', page: new URL('../certificates/authenticator.md', import.meta.url) })
})

describe('the X.509 node credentials in a directory', () => {
  certified(nodeCredentialsSuite, async () => {
    const { path, remove } = await temporaryDirectory()
    const own = await watchedAuthority(`${path}/own`, 'suite')
    const subject = {
      credentials: (token?: string) => credentialsOf({ directory: `${path}/agent`, ...(token === undefined ? {} : { token }) }),
      authority: own.authority,
      stranger: await openAuthority(`${path}/strange`, 'suite'),
      csr,
      roll: ({ overlap }: { readonly overlap: boolean }) => rollNoticed(`${path}/own`, own, overlap ? {} : { overlapMs: 0 }),
    }
    return { subject, dispose: () => closed(own.authority, remove) }
  }, { adapter: 'x509Credentials', page: new URL('../certificates/node-credentials.md', import.meta.url) })
})
