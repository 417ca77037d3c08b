import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, test } from 'vitest'
import { authenticatorSuite, certificateAuthoritySuite, nodeCredentialsSuite, registerSuite } from '@piccolo/conformance'
import type { AdapterContext, CertificateAuthority, Disk, MasterAuth, NodeCredentialsAdapter, PersonRole } from '@piccolo/core/spi'
import { certificateRequest, manualClock, memoryAuth, memoryCredentials, seededRandom, silentLogger, type MemoryAuth } from '@piccolo/testing'

const { signal } = new AbortController()
let seed = 1
const context = (): AdapterContext => ({ clock: manualClock(), random: seededRandom(seed++), logger: silentLogger })
const csr = (): Uint8Array => certificateRequest(generateKeyPairSync('ed25519').privateKey)
const nothing = (): Promise<void> => Promise.resolve()

/** The twin keeps everything in memory. */
const untouched = new Proxy({} as Disk, { get: () => { throw new Error('the disk was touched') } })

const rolling = (auth: MemoryAuth) => async ({ overlap }: { readonly overlap: boolean }): Promise<void> => {
  await nothing()
  auth.roll(overlap ? {} : { overlapMs: 0 })
}

async function opened(auth: MasterAuth): Promise<CertificateAuthority> {
  const authority = auth.authority(context())
  await authority.open({ cluster: 'suite' }, signal)
  return authority
}

describe('the twin of the certificate authority', () => {
  registerSuite(certificateAuthoritySuite, test, () => {
    const [own, strange] = [memoryAuth(), memoryAuth()]
    const subject = { authority: () => own.authority(context()), stranger: () => strange.authority(context()), csr, roll: rolling(own) }
    return Promise.resolve({ subject, dispose: nothing })
  })
})

describe('the twin of the authenticator', () => {
  registerSuite(authenticatorSuite, test, async () => {
    const known = { name: 'ada', role: 'operator' } as const
    const token = 'token-of-ada'
    const people: Record<string, { readonly name: string; readonly role: PersonRole }> = { [token]: known }
    const auth = memoryAuth({ people })
    const authority = await opened(auth)
    const setRole = async (role: PersonRole | undefined): Promise<void> => {
      await nothing()
      if (role === undefined) Reflect.deleteProperty(people, token)
      else people[token] = { name: known.name, role }
    }
    const certificate = (): Uint8Array => new X509Certificate(auth.personCertificate(known.name).certificateChainPem).raw
    const subject = {
      authenticator: auth.authenticator(context()), authority, stranger: await opened(memoryAuth()), csr, roll: rolling(auth),
      person: { ...known, token, setRole }, certifiedPerson: { ...known, certificate: certificate(), setRole, replace: () => Promise.resolve(certificate()) },
    }
    return { subject, dispose: nothing }
  })
})

describe('the twin of the node credentials', () => {
  registerSuite(nodeCredentialsSuite, test, async () => {
    let token: string | undefined
    const adapter: NodeCredentialsAdapter = memoryCredentials({ token: () => token })
    const credentials = (given?: string) => {
      token = given
      return adapter({ ...context(), disk: untouched })
    }
    const auth = memoryAuth()
    return { subject: { credentials, authority: await opened(auth), stranger: await opened(memoryAuth()), csr, roll: rolling(auth) }, dispose: nothing }
  })
})
