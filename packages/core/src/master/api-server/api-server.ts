import { PiccoloError } from '../../errors/index.js'
import type { Readiness, Timings, WorkloadStateName } from '../../protocol/index.js'
import type { Authenticator, CertificateAuthority, Door, Operations, PackageState, PublishedSignal, TransportHandlers } from '../../spi/index.js'
import type { MasterContext } from '../context.js'
import type { Repeats } from '../repeats.js'
import type { Views } from '../views.js'
import { apiOperations } from './api-operations.js'
import { attemptLimits } from './access/attempt-limits.js'
import { failedProofs } from './access/failed-proofs.js'
import { door } from './access/door.js'
import { peopleTrail } from './access/people-trail.js'
import { securityNews } from './access/security-news.js'
import { enrolment } from './registry/enrolment.js'
import type { Reports, Signals, SignsOfLife } from './needs.js'
import { nodeRegistry } from './registry/node-registry.js'
import { nodeSets } from './sessions/node-sets.js'
import { runSession } from './sessions/node-session.js'
import { takeovers } from './sessions/takeovers.js'
import { sessionRegistry } from './sessions/session-registry.js'

export interface ApiServerOptions {
  readonly clusterEpoch: string
  readonly version: string
  readonly authority: CertificateAuthority
  readonly authenticator: Authenticator
  /** Whether node.yaml decides which embedded nodes may join. */
  readonly listed: boolean
  /** Whether a person approves each node that joins. */
  readonly manual: boolean
  readonly issueFromMs: () => number
  /** How long certificates of nodes hold. */
  readonly lifeMs: number
  readonly timings: Partial<Timings> | undefined
  readonly reports: Reports
  readonly life: SignsOfLife & { readinessOf(node: string): Readiness | undefined }
  /** Why workloads have no place yet. */
  readonly unplaced: () => ReadonlyMap<string, string>
  /** What a node holds and runs is known anew. */
  readonly settled: (node: string) => void
  readonly derivePackageState: (models: readonly WorkloadStateName[]) => PackageState
  readonly sessionAddress: () => string
  readonly repeats: Pick<Repeats, 'isNews'>
  readonly signals: Signals
}

/** The master's face: lets nodes in and talks to them, and does what people ask. */
export interface ApiServer {
  /** For the transport. */
  readonly handlers: TransportHandlers
  /** For the surfaces. */
  readonly operations: Operations
  readonly door: Door
  /** Before anybody is let in: writes down who came or went while no master ran. Never throws. */
  catchUpOnPeople(signal: AbortSignal): Promise<void>
  /** The generation a connected node has on its disk, up to which its states are complete. */
  generation(node: string): bigint | undefined
}

export function apiServer(context: MasterContext, views: Views, options: ApiServerOptions): ApiServer {
  const sessions = sessionRegistry()
  const { authority, listed, manual, issueFromMs, lifeMs, repeats, timings } = options
  const news = securityNews(context, repeats)
  const limits = attemptLimits(context.clock)
  const failures = failedProofs(context.clock, { limits, news })
  const people = peopleTrail(context, options.authenticator.people)
  const { enroll, renew } = enrolment(context, views, { authority, listed, manual, issueFromMs, lifeMs, limits, failures, news })
  const admission = nodeRegistry(context, views, { sessions, repeats, news, timings })
  const sets = nodeSets(views, context)
  const { clock, random, logger, cluster, term } = context
  // Once a node is called lost, an echo would be a lease that nobody counts with; the way back is a hello.
  views.liveness.subscribe((ids) => {
    for (const id of ids) if (views.liveness.entries.get(id)?.value.phase === 'lost') sessions.get(id)?.end(new PiccoloError('unavailable', 'Nothing was heard of this node for too long; it begins anew with a hello.'))
  })
  // A session lives by its node's registration: what is decided about that counts at once, whether the node says something or not.
  views.nodes.subscribe((ids) => {
    for (const id of ids) {
      const session = sessions.get(id)
      const obstacle = session?.obstacle()
      if (obstacle !== undefined) session?.end(obstacle)
    }
  })
  const session = {
    clock, random, logger, cluster, term, clusterEpoch: options.clusterEpoch, authenticator: options.authenticator,
    admission, sets, sessions, news, nodes: views.nodes, takeovers: takeovers(clock), publish: (signals: readonly PublishedSignal[], signal: AbortSignal) => options.signals.publish(signals, signal), reports: options.reports, life: options.life, settled: options.settled,
  }
  return {
    handlers: { enroll, renew, session: (channel, signal) => runSession(channel, session, signal) },
    door: door(options.authenticator, { limits, failures, news, people }),
    catchUpOnPeople: (signal) => people.tryToCatchUp(signal),
    operations: apiOperations(context, {
      views, sessions,
      authority: options.authority,
      clusterEpoch: options.clusterEpoch,
      version: options.version,
      sessionAddress: options.sessionAddress,
      unplaced: options.unplaced,
      readinessOf: (node) => options.life.readinessOf(node),
      derivePackageState: options.derivePackageState,
      signals: options.signals,
      news,
    }),
    generation: (node) => sessions.get(node)?.settled(),
  }
}
