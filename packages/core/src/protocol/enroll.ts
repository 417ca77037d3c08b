import type { ErrorCode } from '../errors/index.js'
import type { SystemFacts } from './system-facts.js'
import type { VersionRange } from './version.js'

export interface EnrollRequest {
  readonly versions: VersionRange
  /** `pcl1.<id>.<secret>.<pin>`; sent only after the master proved the pinned key. */
  readonly token: string
  /** PKCS#10, DER. */
  readonly csr: Uint8Array
  /** The node id the agent would like; the token's binding and the registry decide. */
  readonly wantedNodeId?: string
  readonly facts: SystemFacts
}

/** The identity the master gave. Names come from the master only. */
export interface EnrollReply {
  readonly cluster: string
  readonly nodeId: string
  readonly certificateChainPem: string
  readonly authoritiesPem: readonly string[]
}

/** By proof of the registered key: the CSR is signed with it. Also how a lost enroll reply heals. */
export interface RenewRequest {
  readonly versions: VersionRange
  readonly csr: Uint8Array
}

export type RenewReply = EnrollReply

/** How an error travels. */
export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}
