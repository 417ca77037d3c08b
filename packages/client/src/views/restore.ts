import type { ApplyResult, ArtifactView, ClusterEvent, ClusterView, DeleteResult, NodeView, ScenarioView, WorkloadView } from '@piccolo/core/spi'
import type { Wire } from './wire.js'

/** Each gives a view its bigints back; a view with a new bigint does not compile until it is restored here. */
export const clusterView = (wire: Wire<ClusterView>): ClusterView => ({ ...wire, term: BigInt(wire.term) })
export const applyResult = (wire: Wire<ApplyResult>): ApplyResult => ({ ...wire, revision: BigInt(wire.revision) })
export const deleteResult = (wire: Wire<DeleteResult>): DeleteResult => ({ ...wire, revision: BigInt(wire.revision) })
export const scenarioView = (wire: Wire<ScenarioView>): ScenarioView => ({ ...wire, revision: BigInt(wire.revision) })
export const workloadView = (wire: Wire<WorkloadView>): WorkloadView => ({ ...wire, epoch: BigInt(wire.epoch) })
export const clusterEvent = (wire: Wire<ClusterEvent>): ClusterEvent => ({ ...wire, revision: BigInt(wire.revision) })

export function artifactView({ document, ...wire }: Wire<ArtifactView>): ArtifactView {
  return { ...wire, document, revision: BigInt(wire.revision) }
}

export function nodeView({ heldGeneration, wantedGeneration, ...wire }: Wire<NodeView>): NodeView {
  return {
    ...wire,
    ...(heldGeneration === undefined ? {} : { heldGeneration: BigInt(heldGeneration) }),
    ...(wantedGeneration === undefined ? {} : { wantedGeneration: BigInt(wantedGeneration) }),
  }
}
