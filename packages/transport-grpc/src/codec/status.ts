import type { ContainerStatus, StatusEntry, WorkloadStateName, WorkloadStatus } from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/status.js'
import { journalPosition } from './common.js'
import { finite, fromUint, given, maybe, required, toUint, word, type Spelled } from './values.js'

const workloadStates: Readonly<Record<WorkloadStateName, true>> = {
  pending: true, created: true, paused: true, exited: true, dead: true, running: true, removing: true,
}

const containerStates: Readonly<Record<ContainerStatus['state'], true>> = {
  pending: true, created: true, paused: true, exited: true, dead: true, running: true,
}

export const statusEntry = {
  toWire: ({ key, position, workload }: StatusEntry): Spelled<wire.StatusEntry> => ({
    key,
    position: journalPosition.toWire(position),
    workload: maybe(workload, workloadToWire),
  }),
  fromWire: ({ key, position, workload }: wire.StatusEntry): StatusEntry =>
    given<StatusEntry>({
      key,
      position: journalPosition.fromWire(required(position, 'status.position')),
      workload: maybe(workload, workloadFromWire),
    }),
}

function workloadToWire(status: WorkloadStatus): Spelled<wire.WorkloadStatus> {
  return {
    workload: status.workload,
    package: status.package,
    model: status.model,
    wantedDigest: status.wantedDigest,
    effectiveDigest: status.effectiveDigest,
    epoch: status.epoch,
    state: status.state,
    reason: status.reason,
    containers: status.containers.map(containerToWire),
  }
}

function workloadFromWire(status: wire.WorkloadStatus): WorkloadStatus {
  return given<WorkloadStatus>({
    workload: status.workload,
    package: status.package,
    model: status.model,
    wantedDigest: status.wantedDigest,
    effectiveDigest: status.effectiveDigest,
    epoch: status.epoch,
    state: word(workloadStates, status.state, 'workload.state'),
    reason: status.reason,
    containers: status.containers.map(containerFromWire),
  })
}

function containerToWire(status: ContainerStatus): Spelled<wire.ContainerStatus> {
  return {
    name: status.name,
    id: status.id,
    image: status.image,
    state: status.state,
    reason: status.reason,
    exitCode: status.exitCode,
    oomKilled: status.oomKilled,
    restarts: toUint(status.restarts, 'container.restarts'),
    startedAtMs: finiteMaybe(status.startedAtMs, 'container.startedAtMs'),
    exitedAtMs: finiteMaybe(status.exitedAtMs, 'container.exitedAtMs'),
    nextAttemptAtMs: finiteMaybe(status.nextAttemptAtMs, 'container.nextAttemptAtMs'),
  }
}

function containerFromWire(status: wire.ContainerStatus): ContainerStatus {
  return given<ContainerStatus>({
    name: status.name,
    id: status.id,
    image: status.image,
    state: word(containerStates, status.state, 'container.state'),
    reason: status.reason,
    exitCode: status.exitCode,
    oomKilled: status.oomKilled,
    restarts: fromUint(status.restarts, 'container.restarts'),
    startedAtMs: finiteMaybe(status.startedAtMs, 'container.startedAtMs'),
    exitedAtMs: finiteMaybe(status.exitedAtMs, 'container.exitedAtMs'),
    nextAttemptAtMs: finiteMaybe(status.nextAttemptAtMs, 'container.nextAttemptAtMs'),
  })
}

function finiteMaybe(value: number | undefined, where: string): number | undefined {
  return maybe(value, (number) => finite(number, where))
}
