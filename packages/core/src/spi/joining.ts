export interface TokenRequest {
  /** Default 15 minutes; at most 24 hours. */
  readonly validForMs?: number
  /** Bind the token to this node id. */
  readonly nodeId?: string
  readonly type?: 'embedded' | 'cloud'
  readonly role?: 'worker' | 'monitor' | 'gateway'
  readonly labels?: Readonly<Record<string, string>>
  /** Where it may be used from: addresses or ranges, e.g. `10.0.7.0/24`, `fd00::/8`; at most 32. Default: anywhere. */
  readonly addresses?: readonly string[]
}

/** A join token as it may be shown: without its secret. */
export interface TokenView extends Omit<TokenRequest, 'validForMs'> {
  readonly id: string
  readonly state: 'open' | 'used' | 'revoked' | 'expired'
  readonly createdAtMs: number
  readonly expiresAtMs: number
  /** The node that used it, and when. */
  readonly usedBy?: string
  readonly usedAtMs?: number
}

/** A board that has proven a key and waits for a person. */
export interface ApprovalView {
  /** SHA-256 of its public key, hex. */
  readonly key: string
  readonly node: string
  /** `manual`: every new node is approved here. `other-key`: the node is registered with another key. `expired`: it was away for too long. */
  readonly reason: 'manual' | 'other-key' | 'expired'
  readonly requestedAtMs: number
  readonly address: string
  readonly hostname?: string
  readonly token?: string
}

/** Which of the boards that wait is meant. */
export interface ApprovalRef {
  readonly node: string
  /** Its beginning is enough; needed only if several boards wait under one name. */
  readonly key?: string
}

export interface RevokeRequest {
  /** What the node is to do with its workloads when it hears of it. Default: keep. */
  readonly workloads?: 'keep' | 'stop'
  /** For people; at most 500 characters. */
  readonly reason?: string
}

export type NodeStanding = 'expected' | 'active' | 'quarantined' | 'revoked'
