import { SerialQueue } from '../../link/serial-queue.js'
import { isArtifactKind } from '../../model/index.js'
import { PiccoloError } from '../../errors/index.js'
import type { Readiness } from '../../protocol/index.js'
import type { CertificateAuthority, Operations } from '../../spi/index.js'
import type { MasterContext } from '../context.js'
import { contextOf } from '../request-trail.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import { demand } from './access/demand.js'
import type { SecurityNews } from './access/security-news.js'
import { auditTrail } from './audit-trail.js'
import { packageViews, type DeploymentViewOptions } from './deployment-views.js'
import { eventStream } from './event-stream.js'
import { applyManifest } from './intake/apply.js'
import { deleteArtifacts, deleteManifest } from './intake/delete.js'
import { workloadLogs } from './logs.js'
import type { Signals } from './needs.js'
import { nodeViews, workloadViews } from './node-status.js'
import { approvals } from './registry/approvals.js'
import { nodeDecisions } from './registry/node-decisions.js'
import { createToken, revokeToken, tokenView } from './registry/tokens.js'
import { scenarioViews } from './scenario-views.js'
import type { SessionRegistry } from './sessions/session-registry.js'
import { signalViews } from './signal-views.js'
import { viewChanges } from './view-changes.js'

export interface OperationsOptions extends Omit<DeploymentViewOptions, 'unplaced'> {
  readonly views: Views
  readonly sessions: SessionRegistry
  readonly authority: CertificateAuthority
  readonly clusterEpoch: string
  readonly version: string
  readonly sessionAddress: () => string
  readonly unplaced: () => ReadonlyMap<string, string>
  readonly readinessOf: (node: string) => Readiness | undefined
  readonly signals: Signals
  readonly news: SecurityNews
}

/** The operations behind every surface; each asks the role table first. */
export function apiOperations(context: MasterContext, options: OperationsOptions): Operations {
  const { views, sessions, authority, readinessOf, signals } = options
  // One at a time: that nothing new refers to what a delete takes away is no key that a commit could depend on.
  const changes = new SerialQueue()
  const waiting = approvals(context, views)
  const decisions = nodeDecisions(context, views, sessions)
  const allowed = demand(context, options.news)
  return {
    async cluster(caller) {
      await allowed(caller, 'cluster')
      return { name: context.cluster, clusterEpoch: options.clusterEpoch, term: context.term, version: options.version, sessionAddress: options.sessionAddress() }
    },
    async apply(caller, files, signal) {
      await allowed(caller, 'apply')
      const applied = await changes.run(() => applyManifest(context, caller, files, signal))
      // What is published after the answer is held against what was applied before it.
      await views.caughtUpWith([tables.artifacts.prefix], applied.revision, signal)
      return applied
    },
    async deleteManifest(caller, files, signal) {
      await allowed(caller, 'deleteManifest')
      return changes.run(() => deleteManifest(context, caller, files, signal))
    },
    async deleteArtifact(caller, ref, signal) {
      await allowed(caller, 'deleteArtifact', `${ref.kind}/${ref.name}`)
      if (!isArtifactKind(ref.kind)) throw new PiccoloError('invalid-argument', `There is no kind "${ref.kind}" of artifact.`)
      return changes.run(() => deleteArtifacts(context, caller, [ref], signal))
    },
    async artifacts(caller, kind) {
      await allowed(caller, 'artifacts')
      return [...views.artifacts.entries.values()]
        .filter(({ value }) => kind === undefined || value.kind === kind)
        .map(({ value, revision }) => ({ kind: value.kind, name: value.metadata.name, revision, document: value }))
    },
    async scenarios(caller) {
      await allowed(caller, 'scenarios')
      return scenarioViews(views, signals.signals)
    },
    async packages(caller) {
      await allowed(caller, 'packages')
      return packageViews(views, { derivePackageState: options.derivePackageState, unplaced: options.unplaced() })
    },
    async workloads(caller) {
      await allowed(caller, 'workloads')
      return workloadViews(views)
    },
    async nodes(caller) {
      await allowed(caller, 'nodes')
      return nodeViews(views, sessions, readinessOf)
    },
    async *events(caller, request, signal) {
      await allowed(caller, 'events')
      yield* eventStream(context, request, signal)
    },
    async *logs(caller, request, signal) {
      await allowed(caller, 'logs', `workload/${request.workload}`)
      yield* workloadLogs(views, sessions, { ...request, context: contextOf(caller) }, signal)
    },
    async signals(caller) {
      await allowed(caller, 'signals')
      return signalViews(views, signals.signals)
    },
    // Not audited one by one, unlike every other change: they are many, and what comes of them is told as events.
    async publishSignals(caller, published, signal) {
      await allowed(caller, 'publishSignals')
      await signals.publish(published, signal)
    },
    async createToken(caller, request, signal) {
      await allowed(caller, 'createToken')
      return createToken(context, { ...request, authority, caller, signal })
    },
    async tokens(caller) {
      await allowed(caller, 'tokens')
      const nowMs = context.clock.wallMs()
      return [...views.tokens.entries.values()].map(({ value }) => tokenView(value, nowMs)).sort((a, b) => a.createdAtMs - b.createdAtMs)
    },
    async revokeToken(caller, id, signal) {
      await allowed(caller, 'revokeToken', `token/${id}`)
      await revokeToken(context, { id, caller, signal })
    },
    async approvals(caller, signal) {
      await allowed(caller, 'approvals')
      return waiting.list(signal)
    },
    async approve(caller, which, signal) {
      await allowed(caller, 'approve', `node/${which.node}`)
      await waiting.approve(caller, which, signal)
    },
    async deny(caller, which, signal) {
      await allowed(caller, 'deny', `node/${which.node}`)
      await waiting.deny(caller, which, signal)
    },
    async revokeNode(caller, node, request, signal) {
      await allowed(caller, 'revokeNode', `node/${node}`)
      await decisions.revoke(caller, node, request, signal)
    },
    async quarantineNode(caller, node, { reason }, signal) {
      await allowed(caller, 'quarantineNode', `node/${node}`)
      await decisions.quarantine(caller, node, reason, signal)
    },
    async releaseNode(caller, node, signal) {
      await allowed(caller, 'releaseNode', `node/${node}`)
      await decisions.release(caller, node, signal)
    },
    async setNodeRole(caller, node, role, signal) {
      await allowed(caller, 'setNodeRole', `node/${node}`)
      await decisions.setRole(caller, node, role, signal)
    },
    async audit(caller, request, signal) {
      await allowed(caller, 'audit')
      return auditTrail(context, request, signal)
    },
    async *changes(caller, signal) {
      await allowed(caller, 'changes')
      yield* viewChanges([views.artifacts, views.nodes, views.scenarios, views.deployments, views.assignments, views.liveness, views.states], context.clock, signal)
    },
  }
}
