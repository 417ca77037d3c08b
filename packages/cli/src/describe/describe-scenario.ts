import type { ClusterEvent, PackageView, ScenarioView } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { eventLines } from './event-lines.js'
import { section, sheet } from './sheet.js'

export interface ScenarioDescription {
  readonly scenario: ScenarioView
  /** Absent: the scenario's target is not there. */
  readonly package?: PackageView
  readonly events: readonly ClusterEvent[]
}

export function describeScenario(description: ScenarioDescription, host: Pick<CliHost, 'out' | 'nowMs'>): string {
  const { name, phase, reason, action, target, revision } = description.scenario
  return [
    sheet([
      ['Name', name],
      ['Phase', phase],
      ['Reason', reason],
      ['Action', action],
      ['Package', `${target} (${description.package?.state ?? 'not there'})`],
      ['Revision', revision.toString()],
    ]),
    section(host.out, 'Events', eventLines(description.events, host.out)),
  ].join('')
}
