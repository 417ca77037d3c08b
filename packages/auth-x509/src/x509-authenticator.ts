import { throwIfAborted, type Adapter, type Authenticator, type Principal, type Proof } from '@piccolo/core/spi'
import type { X509Certificate } from 'node:crypto'
import { issuingAnchor } from './certificate/issuing-anchor.js'
import { nodeOf } from './certificate/names.js'
import { clientAuth, fingerprintOf, isFor, readCertificate, urisOf, validityOf } from './certificate/read-certificate.js'
import { directoryFiles } from './files/directory-files.js'
import { loadPeople } from './people/people-file.js'
import { isSecretOf, parsePersonToken } from './people/person-token.js'
import type { PrivateFiles } from './files/private-files.js'

export interface X509AuthenticatorOptions {
  /** Where the hashed tokens of people are kept. */
  readonly directory: string
  /** The authorities whose node certificates count, PEM; asked at every call. */
  authoritiesPem(): readonly string[]
  /** Certificates that lead from a node's to one of these, where an authority has others sign for it; asked at every call. Default: none. */
  bridgesPem?(): readonly string[]
}

/**
 * Node certificates and bearer tokens. A certificate's validity in time is left to the master: one judge of time is enough, and its
 * registry decides about revoked keys.
 */
export function x509Authenticator(options: X509AuthenticatorOptions): Adapter<Authenticator> {
  const files = directoryFiles(options.directory)
  return () => ({
    async authenticate(proof: Proof, signal: AbortSignal): Promise<Principal | undefined> {
      throwIfAborted(signal)
      return proof.type === 'certificate' ? nodePrincipal(proof.certificate, options.authoritiesPem()) : personPrincipal(files, proof.token, signal)
    },
  })
}

function nodePrincipal(encoded: Uint8Array, authoritiesPem: readonly string[]): Principal | undefined {
  const certificate = readOrUndefined(encoded)
  if (certificate === undefined || certificate.ca || !isFor(certificate, clientAuth)) return undefined
  if (issuingAnchor([certificate], authoritiesPem.map(readCertificate)) === undefined) return undefined
  const [node, ...more] = urisOf(certificate).flatMap((uri) => nodeOf(uri) ?? [])
  if (node === undefined || more.length > 0) return undefined
  return { kind: 'node', ...node, keyFingerprint: fingerprintOf(certificate.publicKey), notAfterMs: validityOf(certificate).notAfterMs }
}

function readOrUndefined(encoded: Uint8Array): X509Certificate | undefined {
  try {
    return readCertificate(encoded)
  } catch {
    // What is no certificate belongs to nobody we know.
    return undefined
  }
}

/** The file is read each time: a token made or replaced while the master runs counts at once. */
async function personPrincipal(files: PrivateFiles, text: string, signal: AbortSignal): Promise<Principal | undefined> {
  const token = parsePersonToken(text)
  if (token === undefined) return undefined
  const person = (await loadPeople(files, signal)).find(({ id }) => id === token.id)
  if (person === undefined || !isSecretOf(token, person.secretHash)) return undefined
  return { kind: 'person', name: person.name, role: person.role }
}
