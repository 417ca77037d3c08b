import { generateKeyPairSync } from 'node:crypto'
import type { CertificateAuthority, MasterAuth } from '@piccolo/core/spi'
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
