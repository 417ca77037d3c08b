import { generateKeyPairSync } from 'node:crypto'
import { describe } from 'vitest'
import { authenticatorSuite, certificateAuthoritySuite, nodeCredentialsSuite } from '@piccolo/conformance'
import { personCredential, x509Auth } from '@piccolo/auth-x509'
import { createCsr } from '@piccolo/auth-x509/agent'
import { certified } from '../../../tooling/vitest/certified.js'
import { contextAt, credentialsOf, openAuthority, rollNoticed, signal, temporaryDirectory, unopened, type Watched } from './helpers/cluster.js'

const csr = (): Uint8Array => createCsr(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)

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
    const { authority, authenticator } = x509Auth({ directory })
    const own = authority(contextAt())
    await own.open({ cluster: 'suite' }, signal)
    const stranger = await openAuthority(`${path}/strange`, 'suite')
    const { token } = await personCredential({ directory, name: 'ada', role: 'operator' }, signal)
    const person = { token, name: 'ada', role: 'operator' } as const
    return { subject: { authenticator: authenticator(contextAt()), authority: own, stranger, csr, person }, dispose: remove }
  }, { adapter: 'x509Auth', page: new URL('../certificates/authenticator.md', import.meta.url) })
})

describe('the X.509 node credentials in a directory', () => {
  certified(nodeCredentialsSuite, async () => {
    const { path, remove } = await temporaryDirectory()
    const subject = {
      credentials: (token?: string) => credentialsOf({ directory: `${path}/agent`, ...(token === undefined ? {} : { token }) }),
      authority: await openAuthority(`${path}/own`, 'suite'),
      stranger: await openAuthority(`${path}/strange`, 'suite'),
      csr,
    }
    return { subject, dispose: remove }
  }, { adapter: 'x509Credentials', page: new URL('../certificates/node-credentials.md', import.meta.url) })
})
