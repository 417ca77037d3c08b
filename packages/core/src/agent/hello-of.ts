import type { ReplicaSet } from '../link/index.js'
import { protocolVersions, type Hello, type SystemFacts } from '../protocol/index.js'
import type { ContainerRuntime, RuntimeHealth } from '../spi/index.js'
import { version as agentVersion } from '../version.js'
import type { Incarnation } from './state/identity-state.js'

/** Everything a hello is made from. */
export interface HelloFacts extends Pick<Hello, 'nodeId' | 'journal' | 'fencing'> {
  readonly facts: SystemFacts
  readonly incarnation: Incarnation
  readonly set: ReplicaSet
  readonly runtime: ContainerRuntime | undefined
  /** What the runtime said of itself last. */
  readonly health: RuntimeHealth | undefined
}

/** How this node introduces itself now. */
export function helloOf({ nodeId, facts, incarnation, set, journal, fencing, runtime, health }: HelloFacts): Hello {
  const { version, clusterEpoch, highestRevision, highestTerm } = set
  const facets = { images: runtime?.images, logs: runtime?.logs, pods: runtime?.pods }
  return {
    type: 'hello',
    versions: protocolVersions,
    agentVersion,
    nodeId,
    bootId: facts.bootId,
    stateEpoch: incarnation.stateEpoch,
    ...(clusterEpoch === undefined ? {} : { clusterEpoch }),
    highestRevision,
    highestTerm,
    ...(version === undefined ? {} : { held: version }),
    journal,
    fencing,
    capabilities: Object.entries(facets).flatMap(([name, facet]) => (facet === undefined ? [] : [name])),
    facts: { ...facts, runtime: health?.version ?? runtime?.capabilities.name ?? facts.runtime, cgroupVersion: health?.cgroupVersion ?? facts.cgroupVersion },
  }
}
