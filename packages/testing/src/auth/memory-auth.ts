import type { X509Certificate } from 'node:crypto'
import { PiccoloError, throwIfAborted, type AdapterContext, type MasterAuth, type PersonRole, type Principal, type Proof } from '@piccolo/core/spi'
import { CertificateShelf } from './certificate-shelf.js'
import { KeptAuthority, type RollOptions } from './kept-authority.js'
import { MemoryAuthority } from './memory-authority.js'
import { requireUsage, uriOf } from './verify-certificate.js'

export interface MemoryAuthOptions {
  /** Bearer tokens and whose they are. */
  readonly people?: Readonly<Record<string, { readonly name: string; readonly role: PersonRole }>>
  /** Read certificates to share with the other twins of a cluster. Default: its own. */
  readonly shelf?: CertificateShelf
}

export interface MemoryAuth extends MasterAuth {
  /** Gives the authority a new key, as an administrator would; masters that run notice at once. */
  roll(options?: RollOptions): void
}

/** A master's `auth` in memory. What it makes lives as long as the returned value: a master restarted on it has the same authority. */
export function memoryAuth({ people = {}, shelf = new CertificateShelf() }: MemoryAuthOptions = {}): MemoryAuth {
  const kept = new KeptAuthority(shelf)
  let latest: AdapterContext | undefined
  return {
    authority: (context) => {
      latest = context
      return new MemoryAuthority(kept, shelf, context)
    },
    authenticator: ({ clock }) => ({
      async authenticate(proof: Proof, signal: AbortSignal): Promise<Principal | undefined> {
        await Promise.resolve()
        throwIfAborted(signal)
        if (proof.type === 'certificate') return nodePrincipal(proof.certificate, kept.authorities(clock.wallMs()), shelf)
        const person = Object.hasOwn(people, proof.token) ? people[proof.token] : undefined
        return person === undefined ? undefined : { kind: 'person', ...person }
      },
    }),
    roll(options = {}) {
      if (latest === undefined) throw new PiccoloError('failed-precondition', 'No master has taken up this authority yet.')
      kept.roll(latest, options)
    },
  }
}

function nodePrincipal(encoded: Uint8Array, authorities: readonly X509Certificate[], shelf: CertificateShelf): Principal | undefined {
  try {
    const leaf = shelf.read(encoded)
    shelf.requirePath([leaf], authorities)
    requireUsage(leaf, 'node')
    const [, cluster, nodeId] = /^piccolo:\/\/([^/]+)\/node\/([^/]+)$/.exec(uriOf(leaf) ?? '') ?? []
    if (cluster === undefined || nodeId === undefined) return undefined
    return { kind: 'node', cluster, nodeId, keyFingerprint: shelf.fingerprint(leaf), notAfterMs: Date.parse(leaf.validTo) }
  } catch {
    // Whatever is wrong with it, it belongs to nobody known here.
    return undefined
  }
}
