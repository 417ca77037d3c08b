import { throwIfAborted, type MasterAuth, type PersonRole, type Principal, type Proof } from '@piccolo/core/spi'
import { CertificateShelf } from './certificate-shelf.js'
import { MemoryAuthority, type KeptAuthority } from './memory-authority.js'
import { requireUsage, uriOf } from './verify-certificate.js'

export interface MemoryAuthOptions {
  /** Bearer tokens and whose they are. */
  readonly people?: Readonly<Record<string, { readonly name: string; readonly role: PersonRole }>>
  /** Read certificates to share with the other twins of a cluster. Default: its own. */
  readonly shelf?: CertificateShelf
}

/** A master's `auth` in memory. What it makes lives as long as the returned value: a master restarted on it has the same authority. */
export function memoryAuth({ people = {}, shelf = new CertificateShelf() }: MemoryAuthOptions = {}): MasterAuth {
  const kept: KeptAuthority = {}
  return {
    authority: (context) => new MemoryAuthority(kept, shelf, context),
    authenticator: () => ({
      async authenticate(proof: Proof, signal: AbortSignal): Promise<Principal | undefined> {
        await Promise.resolve()
        throwIfAborted(signal)
        if (proof.type === 'certificate') return nodePrincipal(proof.certificate, kept, shelf)
        const person = Object.hasOwn(people, proof.token) ? people[proof.token] : undefined
        return person === undefined ? undefined : { kind: 'person', ...person }
      },
    }),
  }
}

function nodePrincipal(encoded: Uint8Array, kept: KeptAuthority, shelf: CertificateShelf): Principal | undefined {
  try {
    const leaf = shelf.read(encoded)
    shelf.requireSignature(leaf, kept.made === undefined ? [] : [kept.made.certificate])
    requireUsage(leaf, 'node')
    const [, cluster, nodeId] = /^piccolo:\/\/([^/]+)\/node\/([^/]+)$/.exec(uriOf(leaf) ?? '') ?? []
    if (cluster === undefined || nodeId === undefined) return undefined
    return { kind: 'node', cluster, nodeId, keyFingerprint: shelf.fingerprint(leaf), notAfterMs: Date.parse(leaf.validTo) }
  } catch {
    // Whatever is wrong with it, it belongs to nobody known here.
    return undefined
  }
}
