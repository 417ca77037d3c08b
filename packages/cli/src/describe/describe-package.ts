import type { ClusterEvent, PackageView, ScenarioView } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { stateStyle } from '../kinds/state-style.js'
import { table } from '../text/columns.js'
import { eventLines } from './event-lines.js'
import { section, sheet } from './sheet.js'

export interface PackageDescription {
  readonly package: PackageView
  readonly scenarios: readonly ScenarioView[]
  readonly events: readonly ClusterEvent[]
}

export function describePackage(description: PackageDescription, host: Pick<CliHost, 'out' | 'nowMs'>): string {
  const { name, state, models, launchedBy } = description.package
  return [
    sheet([['Name', name], ['State', state], ['Launched by', launchedBy]]),
    section(host.out, 'Models', models.length === 0 ? '' : table(models, [
      { title: 'NAME', value: (model) => model.name },
      { title: 'STATE', value: (model) => model.state, style: (model) => stateStyle(model.state) },
      { title: 'NODE', value: ({ node = '' }) => node },
      { title: 'REASON', value: ({ reason = '' }) => reason, elastic: true },
    ], host.out)),
    section(host.out, 'Scenarios', description.scenarios.map((scenario) => `${scenario.name}: ${scenario.action}, ${scenario.phase}\n`).join('')),
    section(host.out, 'Events', eventLines(description.events, host.out)),
  ].join('')
}
