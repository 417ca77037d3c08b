import { X509Certificate } from 'node:crypto'
import type { Credential } from '../credential/credential.js'
import { readCredential, writeCredential } from '../credential/credential.js'

export interface AdminCredentialRequest {
  readonly path: string
  /** Where the API listens, as the surface says. */
  readonly apiAddress: string
  readonly caPem: string
  /** Mints a token; the one before it stops working. */
  mint(): Promise<string>
  /** Whether this master knows the holder of a token. */
  knows(token: string): Promise<boolean>
}

export type AdminCredentialOutcome = 'written' | 'kept' | 'moved' | 'foreign'

/**
 * Sees to it that whoever owns the file can administer this master. A token is minted only when there is no file; a file of this
 * cluster follows the API to a new address and the authority to a new key; a file of another cluster is left alone.
 */
export async function keepAdminCredential({ path, apiAddress, caPem, mint, knows }: AdminCredentialRequest): Promise<AdminCredentialOutcome> {
  const address = reachable(apiAddress)
  const present: Credential | undefined = await readCredential(path)
  if (present === undefined) {
    await writeCredential(path, { address, caPem, token: await mint() })
    return 'written'
  }
  if (present.caPem.trim() === caPem.trim() && present.address === address) return 'kept'
  // After a roll without an overlap no key is the same any more; the token is.
  const isOurs = shareKey(present.caPem, caPem) || ('token' in present && (await knows(present.token)))
  if (!isOurs) return 'foreign'
  await writeCredential(path, { ...present, address, caPem })
  return 'moved'
}

/** Whether they are authorities of one cluster: after a roll the certificates are others, and one of the keys is the same for the overlap. */
function shareKey(one: string, other: string): boolean {
  const keys = new Set(keysOf(one))
  return one.trim() === other.trim() || keysOf(other).some((key) => keys.has(key))
}

function keysOf(pem: string): readonly string[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).flatMap((block) => {
    try {
      return new X509Certificate(block).publicKey.export({ type: 'spki', format: 'der' }).toString('hex')
    } catch {
      // What a person put there may be anything; it then is no authority of ours.
      return []
    }
  })
}

/** What listens on every address is reached here by the loopback one. */
function reachable(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
