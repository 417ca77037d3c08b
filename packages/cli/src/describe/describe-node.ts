import type { ClusterEvent, NodeView, SystemFacts, WorkloadView } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { labelsText, stateText } from '../kinds/nodes.js'
import { stateStyle } from '../kinds/state-style.js'
import { age, timeOfDay } from '../text/age.js'
import { table } from '../text/columns.js'
import { paint } from '../text/paint.js'
import { eventLines } from './event-lines.js'
import { section, sheet } from './sheet.js'

export interface NodeDescription {
  readonly node: NodeView
  readonly workloads: readonly WorkloadView[]
  readonly events: readonly ClusterEvent[]
}

export function describeNode({ node, workloads, events }: NodeDescription, host: Pick<CliHost, 'out' | 'nowMs'>): string {
  const { heldGeneration, wantedGeneration, lastSeenAtMs, certifiedUntilMs, standing, standingReason } = node
  const findings = (node.readiness?.findings ?? []).filter(({ level }) => level !== 'ok')
  return [
    sheet([
      ['Name', node.name],
      ['State', stateText(node)],
      ['Reasons', node.reasons.join('; ')],
      ['Standing', standingReason === undefined ? standing : `${standing}: ${standingReason}`],
      ['Certified', certifiedUntilMs === undefined ? undefined : `until ${timeOfDay(certifiedUntilMs)}`],
      ['Type', node.type],
      ['Role', node.role],
      ['Labels', labelsText(node.labels)],
      ['Connected', node.connected ? 'yes' : 'no'],
      ['Address', node.address],
      ['Seen', lastSeenAtMs === undefined ? 'never' : `${age(host.nowMs() - lastSeenAtMs)} ago`],
      ['Registered', timeOfDay(node.registeredAtMs)],
      ['Agent', node.agentVersion],
      ['Assignments', wantedGeneration === undefined ? undefined : heldGeneration === wantedGeneration ? `up to date (${wantedGeneration.toString()})` : `behind: holds ${heldGeneration?.toString() ?? 'none'}, wanted ${wantedGeneration.toString()}`],
    ]),
    section(host.out, 'System', node.facts === undefined ? '' : factsText(node.facts)),
    section(host.out, 'Readiness', findings.map(({ check, level, reason }) => `${paint(host.out, level === 'fail' ? 'red' : 'yellow', level)}  ${check}: ${reason}\n`).join('')),
    section(host.out, 'Workloads', workloads.length === 0 ? '' : table(workloads, [
      { title: 'NAME', value: ({ workload }) => workload },
      { title: 'STATE', value: ({ state }) => state, style: ({ state }) => stateStyle(state) },
      { title: 'PACKAGE', value: (workload) => workload.package },
      { title: 'REASON', value: ({ reason = '' }) => reason, elastic: true },
    ], indented(host.out))),
    section(host.out, 'Events', eventLines(events, indented(host.out))),
  ].join('')
}

function factsText(facts: SystemFacts): string {
  return sheet([
    ['Host name', facts.hostname],
    ['Architecture', facts.architecture],
    ['System', `${facts.os}, kernel ${facts.kernel}`],
    ['Cores', String(facts.cpuCores)],
    ['Memory', gibibytes(facts.memoryBytes)],
    ['Disk', gibibytes(facts.diskBytes)],
    ['Runtime', facts.runtime],
    ['Control groups', `version ${String(facts.cgroupVersion)}`],
    ['Boot id', facts.bootId],
  ])
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}

function indented({ width, colour }: CliHost['out']): Pick<CliHost['out'], 'width' | 'colour'> {
  return { width: width === undefined ? undefined : width - 2, colour }
}
