import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import type { CertificateAuthority, MasterAuth, PersonRole } from '@piccolo/core/spi'
import { certificateRequest, type MemoryAuth } from '@piccolo/testing'
import { context, never } from '../mutants/mutant.js'

export const csr = (): Uint8Array => certificateRequest(generateKeyPairSync('ed25519').privateKey)

export async function openedAuthority(auth: MasterAuth): Promise<CertificateAuthority> {
  const authority = auth.authority(context())
  await authority.open({ cluster: 'suite' }, never)
  return authority
}

export const rolling = (auth: MemoryAuth) => async ({ overlap }: { readonly overlap: boolean }): Promise<void> => {
  await Promise.resolve()
  auth.roll(overlap ? {} : { overlapMs: 0 })
}

export const token = 'token-of-ada'
const name = 'ada'
const role = 'viewer'

/** Ada, who has a token, and a certificate as well, and whose role changes in the twin's list of people. */
export function ada(auth: MemoryAuth, people: Record<string, { readonly name: string; readonly role: PersonRole }>) {
  const setRole = async (next: PersonRole | undefined): Promise<void> => {
    await Promise.resolve()
    if (next === undefined) Reflect.deleteProperty(people, token)
    else people[token] = { name, role: next }
  }
  const certificate = (): Uint8Array => new X509Certificate(auth.personCertificate(name).certificateChainPem).raw
  return {
    person: { token, name, role, setRole } as const,
    certifiedPerson: { certificate: certificate(), name, role, setRole, replace: () => Promise.resolve(certificate()) } as const,
  }
}
