import { createHash, type X509Certificate } from 'node:crypto'
import { PiccoloError, throwIfAborted, type AdapterContext, type KnownPrincipal, type MasterAuth, type PersonRole, type Principal, type Proof, type TlsIdentity } from '@piccolo/core/spi'
import { CertificateShelf } from './certificate-shelf.js'
import { KeptAuthority, type RollOptions } from './kept-authority.js'
import { MemoryAuthority } from './memory-authority.js'
import { pemOf } from './pem.js'
import { newKey } from './test-key.js'
import { requireUsage, uriOf } from './verify-certificate.js'

export interface MemoryAuthOptions {
  /** Bearer tokens and whose they are; looked up at every call, so that a role can be changed or taken away meanwhile. */
  readonly people?: Readonly<Record<string, { readonly name: string; readonly role: PersonRole }>>
  /** Read certificates to share with the other twins of a cluster. Default: its own. */
  readonly shelf?: CertificateShelf
}

export interface MemoryAuth extends MasterAuth {
  /** Gives the authority a new key, as an administrator would; masters that run notice at once. */
  roll(options?: RollOptions): void
  /** A client certificate with its key, for somebody of `people`, by name; instead of the one before. */
  personCertificate(name: string): TlsIdentity
}

/** A master's `auth` in memory. What it makes lives as long as the returned value: a master restarted on it has the same authority. */
export function memoryAuth({ people = {}, shelf = new CertificateShelf() }: MemoryAuthOptions = {}): MemoryAuth {
  const kept = new KeptAuthority(shelf)
  const personKeys = new Map<string, string>()
  let latest: AdapterContext | undefined
  const required = (): AdapterContext => {
    if (latest === undefined) throw new PiccoloError('failed-precondition', 'No master has taken up this authority yet.')
    return latest
  }
  return {
    authority: (context) => {
      latest = context
      return new MemoryAuthority(kept, shelf, context)
    },
    authenticator: ({ clock }) => ({
      async authenticate(proof: Proof, signal: AbortSignal): Promise<Principal | undefined> {
        await Promise.resolve()
        throwIfAborted(signal)
        if (proof.type === 'certificate') return principalOf(proof.certificate, { authorities: kept.authorities(clock.wallMs()), shelf, people, personKeys })
        const person = Object.hasOwn(people, proof.token) ? people[proof.token] : undefined
        return person === undefined ? undefined : { kind: 'person', ...person }
      },
      people: {
        async list(signal) {
          await Promise.resolve()
          throwIfAborted(signal)
          return everybody(people, personKeys)
        },
      },
    }),
    roll: (options = {}) => { kept.roll(required(), options) },
    personCertificate(name) {
      const context = required()
      const key = newKey(context.random)
      const leaf = kept.certifyPerson(context, name, shelf.publicKey(key))
      personKeys.set(name, shelf.fingerprint(leaf))
      return { certificateChainPem: [leaf, ...kept.issuers].map(({ raw }) => pemOf(raw)).join(''), privateKeyPem: shelf.textOf(key) }
    },
  }
}

function everybody(people: Known['people'], personKeys: Known['personKeys']): readonly KnownPrincipal[] {
  return Object.entries(people).flatMap(([token, { name, role }]) => {
    const key = personKeys.get(name)
    return [
      { name, role, proof: 'token', proofId: createHash('sha256').update(token).digest('hex').slice(0, 12) } as const,
      ...(key === undefined ? [] : [{ name, role, proof: 'certificate', proofId: key } as const]),
    ]
  })
}

interface Known {
  readonly authorities: readonly X509Certificate[]
  readonly shelf: CertificateShelf
  readonly people: NonNullable<MemoryAuthOptions['people']>
  /** The key of the certificate that each person has. */
  readonly personKeys: ReadonlyMap<string, string>
}

function principalOf(encoded: Uint8Array, { authorities, shelf, people, personKeys }: Known): Principal | undefined {
  const leaf = verifiedLeaf(encoded, authorities, shelf)
  if (leaf === undefined) return undefined
  const keyFingerprint = shelf.fingerprint(leaf)
  const [, cluster, kind, name] = /^piccolo:\/\/([^/]+)\/(node|person)\/([^/]+)$/.exec(uriOf(leaf) ?? '') ?? []
  if (cluster === undefined || name === undefined) return undefined
  if (kind === 'node') return { kind: 'node', cluster, nodeId: name, keyFingerprint, notAfterMs: Date.parse(leaf.validTo) }
  const person = Object.values(people).find((one) => one.name === name)
  return person === undefined || personKeys.get(name) !== keyFingerprint ? undefined : { kind: 'person', ...person }
}

function verifiedLeaf(encoded: Uint8Array, authorities: readonly X509Certificate[], shelf: CertificateShelf): X509Certificate | undefined {
  try {
    const leaf = shelf.read(encoded)
    shelf.requirePath([leaf], authorities)
    requireUsage(leaf, 'node')
    return leaf
  } catch {
    // Whatever is wrong with it, it belongs to nobody known here.
    return undefined
  }
}
