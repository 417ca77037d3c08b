import { PiccoloError } from '../errors/index.js'
import type { Timings } from '../protocol/index.js'
import type { Clock, Digest, Disk, Logger, MasterAuth, Random, StateStoreAdapter, SurfaceAdapter, TransportAdapter } from '../spi/index.js'
import { retentionRules, type RetentionRules } from './retention/rules.js'

export interface MasterOptions {
  /** Name of the cluster: letters, digits, `-`, `_`, `.`. It is part of every node's identity and can't be changed later. */
  readonly cluster: string
  /** How nodes reach the master, e.g. `grpcTransport({ listen: '0.0.0.0:47100' })`. */
  readonly transport: TransportAdapter
  /** Where its state lives, e.g. `embeddedStore({ directory })`. */
  readonly store: StateStoreAdapter
  /** Its certificate authority and who may do what, e.g. `x509Auth({ directory })`. */
  readonly auth: MasterAuth
  /**
   * Whether another authority may take the place of the one that nodes trust, because that is lost for good: each of them has to join anew then. For one
   * start. Default: false, and a start with another one, or with none, is refused.
   */
  readonly newAuthority?: boolean
  /** Path of node.yaml. With it, embedded nodes join only if it lists them or their token names them. */
  readonly nodes?: string
  /**
   * Who decides that a node with a good token joins. `token`: the token is enough. `manual`: a person approves each node once, with
   * `piccolo approve`. Default: `token`.
   */
  readonly joining?: 'token' | 'manual'
  /**
   * How long the certificates of nodes and of the master hold, in milliseconds, from a minute on. Nodes renew theirs from a third of it on.
   * Default: 90 days.
   */
  readonly certificateLifeMs?: number
  /** Ways in for people and programs, e.g. `httpApi({ listen: '127.0.0.1:47099' })`. Default: none. */
  readonly surfaces?: readonly SurfaceAdapter[]
  /** Host names and addresses for the server certificate, for browsers; nodes don't need them. Default: `localhost`, `127.0.0.1`, `::1`. */
  readonly names?: readonly string[]
  /** Limits of silence for every node, over those of its profile. Milliseconds. */
  readonly timings?: Partial<Timings>
  /** Nobody is called lost for so long after a start, in milliseconds. Default: twice the `lost` of the default profile, at least 60,000. */
  readonly startGraceMs?: number
  /** How much of the past is kept; see the defaults of each. */
  readonly retention?: Partial<RetentionRules>
  /** Default: silent. pino's loggers fit as they are. */
  readonly logger?: Logger
  readonly clock?: Clock
  readonly random?: Random
  readonly digest?: Digest
  /** Where `nodes` is read. Default: the folder of that path on the machine's disk. */
  readonly disk?: Disk
}

/** What certificates are made for. */
export const defaultLifeMs = 90 * 86_400_000
const shortestLifeMs = 60_000

/** A clock may be a little behind ours: certificates hold from so long ago on. */
export function backdatedMs(lifeMs: number): number {
  return Math.min(5 * 60_000, lifeMs / 20)
}

const remedies: Readonly<Record<string, string>> = {
  cluster: 'name the cluster, e.g. cluster: "demo"',
  transport: 'install @piccolo/transport-grpc and give transport: grpcTransport({ listen: "0.0.0.0:47100" })',
  store: 'install @piccolo/store-embedded and give store: embeddedStore({ directory: "/var/lib/piccolo/master" })',
  auth: 'install @piccolo/auth-x509 and give auth: x509Auth({ directory: "/var/lib/piccolo/master/ca" })',
}

/** Throws `invalid-argument` that says what to add, for callers without a type checker as well. */
export function checkMasterOptions(options: MasterOptions): void {
  const given = options as unknown as Readonly<Record<string, unknown>> // plain JavaScript may leave anything out
  for (const [name, remedy] of Object.entries(remedies)) {
    if (given[name] === undefined || given[name] === null) throw new PiccoloError('invalid-argument', `createMaster needs "${name}": ${remedy}.`)
  }
  for (const name of ['transport', 'store']) {
    if (typeof given[name] !== 'function') throw new PiccoloError('invalid-argument', `createMaster's "${name}" must be an adapter: ${remedies[name] ?? ''}.`)
  }
  if (!/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(options.cluster)) {
    throw new PiccoloError('invalid-argument', 'createMaster\'s "cluster" must be a name of letters, digits, "-", "_" or ".", at most 63 characters.')
  }
  if (options.joining !== undefined && options.joining !== 'token' && options.joining !== 'manual') {
    throw new PiccoloError('invalid-argument', 'createMaster\'s "joining" is "token" or "manual".')
  }
  if (options.certificateLifeMs !== undefined && !(options.certificateLifeMs >= shortestLifeMs && Number.isFinite(options.certificateLifeMs))) {
    throw new PiccoloError('invalid-argument', 'createMaster\'s "certificateLifeMs" must be at least a minute, 60000.')
  }
  retentionRules(options.retention)
}
