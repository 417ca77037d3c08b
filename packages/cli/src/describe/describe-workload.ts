import type { ClusterEvent, ContainerStatus, WorkloadView } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { timeOfDay } from '../text/age.js'
import { eventLines } from './event-lines.js'
import { section, sheet } from './sheet.js'

export interface WorkloadDescription {
  readonly workload: WorkloadView
  readonly events: readonly ClusterEvent[]
}

export function describeWorkload({ workload, events }: WorkloadDescription, host: Pick<CliHost, 'out' | 'nowMs'>): string {
  const { wantedDigest, effectiveDigest } = workload
  return [
    sheet([
      ['Name', workload.workload],
      ['State', workload.state],
      ['Reason', workload.reason],
      ['Package', workload.package],
      ['Model', workload.model],
      ['Node', workload.node],
      ['Epoch', workload.epoch.toString()],
      ['Version', wantedDigest === effectiveDigest ? `${wantedDigest.slice(0, 12)}, in effect` : `${wantedDigest.slice(0, 12)} wanted, ${effectiveDigest?.slice(0, 12) ?? 'none'} in effect`],
    ]),
    ...workload.containers.map((container) => section(host.out, `Container ${container.name}`, containerText(container))),
    section(host.out, 'Events', eventLines(events, host.out)),
  ].join('')
}

function containerText({ image, state, reason, restarts, id, exitCode, oomKilled, startedAtMs, exitedAtMs, nextAttemptAtMs }: ContainerStatus): string {
  return sheet([
    ['State', state],
    ['Reason', reason],
    ['Image', image],
    ['Id', id?.slice(0, 12)],
    ['Restarts', String(restarts)],
    ['Started', startedAtMs === undefined ? undefined : timeOfDay(startedAtMs)],
    ['Exited', exitedAtMs === undefined ? undefined : timeOfDay(exitedAtMs)],
    ['Exit code', exitCode === undefined ? undefined : `${String(exitCode)}${oomKilled === true ? ' (out of memory)' : ''}`],
    ['Next attempt', nextAttemptAtMs === undefined ? undefined : timeOfDay(nextAttemptAtMs)],
  ])
}
