import type { Credential } from '../credential/credential.js'
import { readCredential, writeCredential } from '../credential/credential.js'

export interface AdminCredentialRequest {
  readonly path: string
  /** Where the API listens, as the surface says. */
  readonly apiAddress: string
  readonly caPem: string
  /** Mints a token; the one before it stops working. */
  mint(): Promise<string>
}

export type AdminCredentialOutcome = 'written' | 'kept' | 'moved' | 'foreign'

/**
 * Sees to it that whoever owns the file can administer this master. A token is minted only when there is no file; a file of this
 * cluster follows the API to a new address; a file of another cluster is left alone.
 */
export async function keepAdminCredential({ path, apiAddress, caPem, mint }: AdminCredentialRequest): Promise<AdminCredentialOutcome> {
  const address = reachable(apiAddress)
  const present: Credential | undefined = await readCredential(path)
  if (present === undefined) {
    await writeCredential(path, { address, caPem, token: await mint() })
    return 'written'
  }
  if (present.caPem.trim() !== caPem.trim()) return 'foreign'
  if (present.address === address) return 'kept'
  await writeCredential(path, { ...present, address })
  return 'moved'
}

/** What listens on every address is reached here by the loopback one. */
function reachable(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
