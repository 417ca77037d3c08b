import type { ContainerStatus, WorkloadStateName, WorkloadStatus } from '../../protocol/index.js'
import type { ContainerState } from '../../spi/index.js'
import type { Assignment } from './assignment.js'
import { foundStatus } from './container-status.js'

/** The state of a workload from those of its containers. */
export function workloadState(containers: readonly Pick<ContainerStatus, 'state'>[]): WorkloadStateName {
  const all = (state: ContainerStatus['state']): boolean => containers.every((container) => container.state === state)
  if (containers.some(({ state }) => state === 'dead')) return 'dead'
  if (containers.some(({ state }) => state === 'pending')) return 'pending'
  if (containers.some(({ state }) => state === 'created')) return 'created'
  if (all('paused')) return 'paused'
  if (all('exited')) return 'exited'
  return 'running'
}

export interface WorkloadView {
  /** Digest of the version that the containers are of. */
  readonly digest: string
  readonly init: readonly ContainerStatus[]
  readonly main: readonly ContainerStatus[]
  /** What holds up the workload as a whole. */
  readonly reason: string | undefined
}

/** The status of a workload that is to run. */
export function assignedStatus({ wanted, effective }: Assignment, { digest, init, main, reason }: WorkloadView): WorkloadStatus {
  const { name, package: owner, model } = wanted.content
  const mains = workloadState(main)
  // Init containers are of interest only until they have done their work.
  const working = mains === 'pending' || mains === 'created' ? init.filter(({ state }) => state !== 'exited') : []
  const containers = [...working, ...main]
  const why = reason ?? containers.find((container) => container.reason !== undefined)?.reason
  const inEffect = mains === 'running' ? digest : effective?.digest
  return {
    workload: name,
    package: owner,
    model,
    wantedDigest: wanted.digest,
    ...(inEffect === undefined ? {} : { effectiveDigest: inEffect }),
    epoch: wanted.epoch,
    state: working.some(({ state }) => state === 'dead') ? 'dead' : mains,
    ...(why === undefined ? {} : { reason: why }),
    containers,
  }
}

/** The status of a workload that is here although this life of the agent never wanted it. Its epoch is lower than any: what is known of it elsewhere stands. */
export function orphanStatus(name: string, containers: readonly ContainerState[]): WorkloadStatus {
  return { workload: name, package: '', model: name, wantedDigest: '', epoch: 0n, state: 'removing', containers: containers.map(foundStatus) }
}

/** The status of a workload on its way out. */
export function removingStatus({ reason: _, ...status }: WorkloadStatus, reason: string | undefined): WorkloadStatus {
  return { ...status, state: 'removing', ...(reason === undefined ? {} : { reason }) }
}
