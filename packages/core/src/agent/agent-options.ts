import { PiccoloError } from '../errors/index.js'
import type { Discover, JournalBounds } from '../link/index.js'
import type { Hello, TimingProfile, Timings } from '../protocol/index.js'
import type {
  Clock, ContainerRuntimeAdapter, Digest, Disk, Logger, NodeCredentialsAdapter, Random, ReadinessCheck, ResourceProbeAdapter, TransportAdapter,
} from '../spi/index.js'
import type { ReconcilerTimings } from './reconciler/reconciler-options.js'

export interface AgentOptions {
  /**
   * Where the master is reached, in the transport's notation, e.g. `10.0.0.1:47100`; several are tried in turn. Or how to find it out, e.g.
   * `srvDiscovery('_piccolo._tcp.line-7.example')` or a vendor's own: asked before each round of dialling.
   */
  readonly master: readonly string[] | Discover
  /** e.g. `grpcTransport()` of `@piccolo/transport-grpc`. */
  readonly transport: TransportAdapter
  /** e.g. `podmanRuntime()` of `@piccolo/runtime-podman`. */
  readonly runtime: ContainerRuntimeAdapter
  /** e.g. `x509Credentials({ token })` of `@piccolo/auth-x509`. */
  readonly auth: NodeCredentialsAdapter
  /** The only directory the agent writes to. Needed unless `disk` is given. */
  readonly stateDirectory?: string
  /**
   * The id this node is to join under; refused if the join token is for another one. A node that has joined keeps its id whatever
   * stands here. Default: the token's, else the host name, made unique by the master.
   */
  readonly nodeId?: string
  /** What holds until a master sends its own timings. Default: `default`. */
  readonly profile?: TimingProfile
  /** Single values instead of the profile's, until a master sends its own. */
  readonly timings?: Partial<Timings>
  /** The vendor's own checks, run with the built-in ones. */
  readonly readiness?: readonly ReadinessCheck[]
  /** What stops movable workloads when this agent can't. Default: `none`. */
  readonly fencing?: Hello['fencing']
  /** How patient containers are restarted and failures retried. */
  readonly reconciler?: Partial<ReconcilerTimings>
  /** How much is kept for a master that is away. Default: 5,000 entries, 2 MiB. */
  readonly journal?: Partial<JournalBounds>
  /** Default: silent. pino's loggers fit. */
  readonly logger?: Logger
  readonly disk?: Disk
  readonly clock?: Clock
  readonly random?: Random
  readonly digest?: Digest
  readonly probe?: ResourceProbeAdapter
}

const missing: readonly (readonly [keyof AgentOptions, string])[] = [
  ['master', "Add `master: ['<host>:47100']`, the address of the master."],
  ['transport', 'Add a transport, e.g. `transport: grpcTransport()` (npm install @piccolo/transport-grpc).'],
  ['runtime', 'Add a container runtime, e.g. `runtime: podmanRuntime()` (npm install @piccolo/runtime-podman).'],
  ['auth', 'Add credentials, e.g. `auth: x509Credentials({ token })` (npm install @piccolo/auth-x509).'],
]

/** As the master takes it: part of store keys and of certificates. */
const nodeIdPattern = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/

/** Throws `invalid-argument` naming the first part that is missing or wrong, and what to do. */
export function checkAgentOptions(options: Partial<AgentOptions>): void {
  for (const [part, remedy] of missing) {
    if (options[part] === undefined) throw new PiccoloError('invalid-argument', `createAgent needs \`${part}\`. ${remedy}`)
  }
  if (options.master?.length === 0) throw new PiccoloError('invalid-argument', "createAgent got an empty `master` list. Add at least one address, e.g. '10.0.0.1:47100'.")
  if (options.nodeId !== undefined && !nodeIdPattern.test(options.nodeId)) {
    throw new PiccoloError('invalid-argument', `createAgent got "${options.nodeId.slice(0, 80)}" as nodeId. Use letters, digits, "-", "_" or ".", at most 63, beginning and ending with a letter or digit.`)
  }
  if (options.stateDirectory === undefined && options.disk === undefined) {
    throw new PiccoloError('invalid-argument', "createAgent needs `stateDirectory`. Add a directory that survives reboots, e.g. '/var/lib/piccolo/agent'.")
  }
}
