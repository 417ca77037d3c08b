import type { Adapter, AdapterContext, Cancel } from './ambient.js'
import type { Disk } from './disk.js'
import type { TlsIdentity, VerifyPeer } from './transport.js'

/** What the master decided a node's certificate shall say. The request's own names are ignored. */
export interface NodeCertificateRequest {
  readonly cluster: string
  readonly nodeId: string
  /** PKCS#10, DER: proof of possession of the key, nothing else. */
  readonly csr: Uint8Array
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

export interface IssuedCertificate {
  readonly certificateChainPem: string
  /** SHA-256 of the subject public key info, hex: the key's name in the registry. */
  readonly keyFingerprint: string
  readonly serial: string
  readonly notAfterMs: number
}

/** What an authority is opened for. */
export interface AuthorityOf {
  readonly cluster: string
  /**
   * The newest public key that this cluster's nodes were told to trust, as {@link CertificateAuthority.publicKeyPin} named it. `not-found`, and nothing is made, when it
   * is none of the authority's, of today or from before a roll: a backup was forgotten, is older than the last roll, or it is the wrong place. Default: none, the
   * authority may be a new one.
   */
  readonly pin?: string
}

/**
 * Signs for one cluster. Holds the CA key; the key is never in the store.
 *
 * Whoever runs the cluster may give it a new key while it is open (a roll). From then on everything is signed by the new one, and every chain it hands out
 * leads to the new authority and, over certificates of each new key by the one before, to the older ones: a node that slept through the roll trusts the
 * master by them, and renews.
 */
export interface CertificateAuthority {
  /** Loads the authority, or makes it on first start: never in the place of one that nodes trust already, see {@link AuthorityOf.pin}. */
  open(options: AuthorityOf, signal: AbortSignal): Promise<void>
  close(): Promise<void>
  /** Certificates to trust, newest first, PEM. After a roll the older ones stay for an overlap, in which nodes renew. */
  readonly authoritiesPem: readonly string[]
  /** SHA-256 of the public key (SPKI) of the newest of them, hex: what join tokens pin. */
  readonly publicKeyPin: string
  /**
   * Calls `changed` after `authoritiesPem` or `publicKeyPin` became others: within seconds of a roll, whichever process made it, and of the end of an
   * overlap. Then the master gets itself a certificate of the new key, and tells its transport whom to accept from now on.
   */
  onChange(changed: () => void): Cancel
  /** Verifies the CSR's signature, then signs. `invalid-argument` for a CSR that does not parse or prove. */
  issueNode(request: NodeCertificateRequest, signal: AbortSignal): Promise<IssuedCertificate>
  /**
   * A server certificate and key for the master itself, for these host names and addresses. A new one is valid exactly as asked. One made before may be
   * handed out again: for the same names, by the authority of today, valid from `notBeforeMs` on at least, with a third of the life asked for still
   * left, and not beyond `notAfterMs`.
   */
  issueServer(request: { readonly cluster: string; readonly names: readonly string[]; readonly notBeforeMs: number; readonly notAfterMs: number }, signal: AbortSignal): Promise<TlsIdentity>
  /** The fingerprint of the key that a CSR proves; `invalid-argument` as above. */
  readCsr(csr: Uint8Array): Promise<{ readonly keyFingerprint: string }>
}

/** Who a proof belongs to. */
export type Principal =
  | {
    readonly kind: 'node'
    readonly nodeId: string
    readonly cluster: string
    readonly keyFingerprint: string
    /** End of the certificate's validity. The master judges it, by trusted time. Absent = does not end. */
    readonly notAfterMs?: number
  }
  | { readonly kind: 'person'; readonly name: string; readonly role: PersonRole }

export type PersonRole = 'admin' | 'operator' | 'viewer'

export type Proof =
  /** DER, verified by TLS: a node's (`piccolo://<cluster>/node/<id>`), or a person's or program's (`piccolo://<cluster>/person/<name>`). */
  | { readonly type: 'certificate'; readonly certificate: Uint8Array }
  | { readonly type: 'bearer'; readonly token: string }

/**
 * Turns a proof into a principal; undefined = not known here. Judges no validity in time. May be replaced alone, e.g. by an identity provider. A person's role is never in the proof: it
 * is looked up at every call, so that it can be taken away at once.
 */
export interface Authenticator {
  authenticate(proof: Proof, signal: AbortSignal): Promise<Principal | undefined>
  /** With it, who comes, goes or gets another role is in the master's audit log. Absent where the list is not to be had, e.g. at an identity provider with a log of its own. */
  readonly people?: KnownPeople
}

/** Everybody whom an authenticator would know as a person. */
export interface KnownPeople {
  /**
   * The list as it is now: what has changed before a call of `authenticate` counts here as soon as there. The master asks at its start and with every
   * call of its API, so it should cost little while nothing changes.
   */
  list(signal: AbortSignal): Promise<readonly KnownPrincipal[]>
}

/** Somebody and one proof of theirs; who has several stands in the list once with each. */
export interface KnownPrincipal {
  readonly name: string
  readonly role: PersonRole
  readonly proof: 'token' | 'certificate'
  /** Tells the proof from any other, e.g. the id of a token, the fingerprint of a key: another one after it was replaced. No secret: it is kept, and shown. */
  readonly proofId: string
}

/** What a master takes as `auth`; each part can be replaced alone. */
export interface MasterAuth {
  readonly authority: Adapter<CertificateAuthority>
  readonly authenticator: Adapter<Authenticator>
}

export interface NodeCredentialsContext extends AdapterContext {
  /** The agent's state directory, unless the adapter was given a place of its own. */
  readonly disk: Disk
}

/** What a node has to join with, and what it is once it has joined. */
export interface NodeCredentials {
  /** Makes and persists the key on first use: before any token is spent. */
  open(signal: AbortSignal): Promise<void>
  close(): Promise<void>
  /** The bound identity, or undefined before enrolment. */
  readonly enrolled: EnrolledIdentity | undefined
  /** For `enroll`: the token and the pin it carries. `failed-precondition` without a token; the message says how to get one. */
  enrolment(signal: AbortSignal): Promise<{ readonly token: string; readonly csr: Uint8Array; readonly verifyServer: VerifyPeer }>
  /** For `renew`: a CSR signed with the registered key. */
  renewal(signal: AbortSignal): Promise<{ readonly csr: Uint8Array }>
  /** Keeps the answer of enroll or renew, durably, before it resolves. */
  accept(issued: { readonly cluster: string; readonly nodeId: string; readonly certificateChainPem: string; readonly authoritiesPem: readonly string[] }, signal: AbortSignal): Promise<void>
  /**
   * For `session`. `earliestMs` tells the earliest time it can be: the last time that a master told under proof of who it is, carried on. Only a certificate
   * that had expired by then is refused, give or take a few minutes. One that is not valid yet is no threat: whoever holds it will be trusted soon. Refusing it
   * would lock out a board that was switched off and counts from long ago, and everyone once a master's clock had run ahead.
   */
  verifyServer(earliestMs: () => number): VerifyPeer
}

export interface EnrolledIdentity {
  readonly cluster: string
  readonly nodeId: string
  readonly tls: TlsIdentity
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

export type NodeCredentialsAdapter = Adapter<NodeCredentials, NodeCredentialsContext>
