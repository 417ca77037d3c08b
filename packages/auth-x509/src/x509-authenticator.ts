import { throwIfAborted, type Adapter, type Authenticator, type KnownPrincipal, type Principal, type Proof } from '@piccolo/core/spi'
import type { X509Certificate } from 'node:crypto'
import { issuingAnchor } from './certificate/issuing-anchor.js'
import { nodeOf, personOf } from './certificate/names.js'
import { clientAuth, fingerprintOf, isFor, readCertificate, urisOf, validityOf } from './certificate/read-certificate.js'
import { directoryFiles } from './files/directory-files.js'
import type { Person, PersonRecord } from './people/people-file.js'
import { PeopleReader } from './people/people-reader.js'
import { isSecretOf, parsePersonToken } from './people/person-token.js'

export interface X509AuthenticatorOptions {
  /** Where the list of people is kept. */
  readonly directory: string
  /** The authorities whose certificates count, PEM; asked at every call. */
  authoritiesPem(): readonly string[]
  /** Certificates that lead from a node's to one of these, where an authority has others sign for it; asked at every call. Default: none. */
  bridgesPem?(): readonly string[]
}

/**
 * Node certificates, and tokens or certificates of people. The validity of a node's certificate in time is left to the master: one judge of time is
 * enough, and its registry decides about revoked keys. That of a person's is left to the surface that verified it. Who a person is and may do is looked up in
 * the list of people at every call, so that whatever changes there counts at the next one.
 */
export function x509Authenticator(options: X509AuthenticatorOptions): Adapter<Authenticator> {
  const people = new PeopleReader(directoryFiles(options.directory))
  return () => ({
    async authenticate(proof: Proof, signal: AbortSignal): Promise<Principal | undefined> {
      throwIfAborted(signal)
      return proof.type === 'certificate' ? certificateHolder(proof.certificate, { options, people }, signal) : tokenHolder(people, proof.token, signal)
    },
    people: {
      async list(signal) {
        throwIfAborted(signal)
        return (await people.all(signal)).map(known)
      },
    },
  })
}

interface Known {
  readonly options: X509AuthenticatorOptions
  readonly people: PeopleReader
}

async function certificateHolder(encoded: Uint8Array, { options, people }: Known, signal: AbortSignal): Promise<Principal | undefined> {
  const certificate = readOrUndefined(encoded)
  if (certificate === undefined || certificate.ca || !isFor(certificate, clientAuth)) return undefined
  const bridges = (options.bridgesPem?.() ?? []).map(readCertificate)
  if (issuingAnchor([certificate, ...bridges], options.authoritiesPem().map(readCertificate)) === undefined) return undefined
  const [uri, ...more] = urisOf(certificate)
  if (uri === undefined || more.length > 0) return undefined
  const keyFingerprint = fingerprintOf(certificate.publicKey)
  const node = nodeOf(uri)
  if (node !== undefined) return { kind: 'node', ...node, keyFingerprint, notAfterMs: validityOf(certificate).notAfterMs }
  const name = personOf(uri)
  return name === undefined ? undefined : principalOf(await people.find((person) => person.name === name && 'keyFingerprint' in person && person.keyFingerprint === keyFingerprint, signal))
}

function readOrUndefined(encoded: Uint8Array): X509Certificate | undefined {
  try {
    return readCertificate(encoded)
  } catch {
    // What is no certificate belongs to nobody we know.
    return undefined
  }
}

async function tokenHolder(people: PeopleReader, text: string, signal: AbortSignal): Promise<Principal | undefined> {
  const token = parsePersonToken(text)
  return token === undefined ? undefined : principalOf(await people.find((person) => 'id' in person && person.id === token.id && isSecretOf(token, person.secretHash), signal))
}

function known(person: PersonRecord): KnownPrincipal {
  const { name, role } = person
  return 'keyFingerprint' in person ? { name, role, proof: 'certificate', proofId: person.keyFingerprint } : { name, role, proof: 'token', proofId: person.id }
}

function principalOf(person: Person | undefined): Principal | undefined {
  return person === undefined ? undefined : { kind: 'person', name: person.name, role: person.role }
}
