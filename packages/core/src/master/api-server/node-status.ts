import type { NodeView, WorkloadView } from '../../spi/index.js'
import type { WorkloadStateRecord } from '../../model/records/index.js'
import type { Readiness, WorkloadStatus } from '../../protocol/index.js'
import type { Views } from '../views.js'
import { firstPart } from '../view-index.js'
import type { SessionRegistry } from './sessions/session-registry.js'

/** What people see of the nodes: registration, liveness, session, readiness. */
export function nodeViews(views: Views, sessions: SessionRegistry, readinessOf: (node: string) => Readiness | undefined): readonly NodeView[] {
  return [...views.nodes.entries.values()].map(({ id, value }): NodeView => {
    const liveness = views.liveness.entries.get(id)?.value
    const session = sessions.get(id)
    const lastSeenAtMs = sessions.lastHeardMs(id)
    const said = views.facts.entries.get(id)?.value
    const readiness = readinessOf(id)
    const held = session?.acknowledged()
    const wanted = views.assignments.entries.get(id)
    return {
      name: id,
      type: value.type,
      role: value.role,
      labels: value.labels,
      phase: liveness?.phase ?? 'pending',
      standing: value.standing?.state ?? (value.keys.length === 0 ? 'expected' : 'active'),
      ...(value.standing !== undefined && { standingReason: value.standing.reason }),
      ...(value.certifiedUntilMs !== undefined && { certifiedUntilMs: value.certifiedUntilMs }),
      reasons: liveness?.reasons ?? [],
      connected: session !== undefined,
      suspect: (liveness?.phase === 'ready' || liveness?.phase === 'notReady') && (session === undefined || session.silent()),
      ...(session !== undefined && { address: session.address }),
      ...(lastSeenAtMs !== undefined && { lastSeenAtMs }),
      ...(said !== undefined && { facts: said.facts, agentVersion: said.agentVersion }),
      ...(readiness !== undefined && { readiness }),
      workloads: views.states.under(id).size,
      registeredAtMs: value.registeredAtMs,
      ...(held !== undefined && { heldGeneration: held.generation }),
      ...(wanted !== undefined && { wantedGeneration: wanted.revision }),
    }
  })
}

export function workloadViews(views: Pick<Views, 'states'>): readonly WorkloadView[] {
  return [...views.states.entries.values()].map(({ id, value }) => ({ ...statusOf(value), node: firstPart(id) }))
}

/** Cast: a stored status was a status when it was reported; JSON has left out what was undefined. */
export function statusOf(record: WorkloadStateRecord): WorkloadStatus {
  return record.status as WorkloadStatus
}
