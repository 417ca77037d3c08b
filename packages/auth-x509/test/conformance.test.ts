import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'vitest'
import { authenticatorSuite, certificateAuthoritySuite, nodeCredentialsSuite, registerSuite } from '@piccolo/conformance'
import { personCredential, x509Auth, x509Authority } from '@piccolo/auth-x509'
import { createCsr } from '@piccolo/auth-x509/agent'
import { contextAt, credentialsOf, openAuthority, signal, temporaryDirectory } from './helpers/cluster.js'

const csr = (): Uint8Array => createCsr(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)

describe('the X.509 authority', () => {
  registerSuite(certificateAuthoritySuite, test, async () => {
    const { path, remove } = await temporaryDirectory()
    const over = (name: string) => () => x509Authority({ directory: `${path}/${name}` })(contextAt())
    return { subject: { authority: over('own'), stranger: over('strange'), csr }, dispose: remove }
  })
})

describe('the X.509 authenticator', () => {
  registerSuite(authenticatorSuite, test, async () => {
    const { path, remove } = await temporaryDirectory()
    const directory = `${path}/own`
    const { authority, authenticator } = x509Auth({ directory })
    const own = authority(contextAt())
    await own.open({ cluster: 'suite' }, signal)
    const stranger = await openAuthority(`${path}/strange`, 'suite')
    const { token } = await personCredential({ directory, name: 'ada', role: 'operator' }, signal)
    const person = { token, name: 'ada', role: 'operator' } as const
    return { subject: { authenticator: authenticator(contextAt()), authority: own, stranger, csr, person }, dispose: remove }
  })
})

describe('the X.509 node credentials in a directory', () => {
  registerSuite(nodeCredentialsSuite, test, async () => {
    const { path, remove } = await temporaryDirectory()
    const subject = {
      credentials: (token?: string) => credentialsOf({ directory: `${path}/agent`, ...(token === undefined ? {} : { token }) }),
      authority: await openAuthority(`${path}/own`, 'suite'),
      stranger: await openAuthority(`${path}/strange`, 'suite'),
      csr,
    }
    return { subject, dispose: remove }
  })
})
