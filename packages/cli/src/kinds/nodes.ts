import type { NodeView } from '@piccolo/core/spi'
import { age, timeOfDay } from '../text/age.js'
import { resourceKind } from './resource-kind.js'
import { stateStyle } from './state-style.js'

export const nodes = resourceKind<NodeView>({
  plural: 'nodes',
  singular: 'node',
  list: (client, signal) => client.nodes({ signal }),
  nameOf: ({ name }) => name,
  byName: true,
  columns: (nowMs) => [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'STATE', value: stateText, style: (node) => stateStyle(stateText(node)) },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'ROLE', value: ({ role }) => role },
    { title: 'WORKLOADS', value: ({ workloads }) => String(workloads) },
    { title: 'SEEN', value: ({ lastSeenAtMs }) => (lastSeenAtMs === undefined ? 'never' : age(nowMs - lastSeenAtMs)) },
    { title: 'ADDRESS', value: ({ address = '' }) => address, wide: true },
    { title: 'RUNTIME', value: ({ facts }) => facts?.runtime ?? '', wide: true },
    { title: 'AGENT', value: ({ agentVersion = '' }) => agentVersion, wide: true },
    { title: 'LABELS', value: ({ labels }) => labelsText(labels), wide: true, elastic: true },
    { title: 'CERTIFIED', value: ({ certifiedUntilMs }) => (certifiedUntilMs === undefined ? '' : `until ${timeOfDay(certifiedUntilMs)}`), wide: true },
    { title: 'REASON', value: ({ standingReason, reasons }) => [...(standingReason === undefined ? [] : [standingReason]), ...reasons].join('; '), elastic: true },
  ],
})

/** Whether it may be here comes before how it is. A closed connection is shown at once, before silence has lasted long enough to mean anything. */
export function stateText({ phase, suspect, standing }: NodeView): string {
  if (standing === 'quarantined' || standing === 'revoked') return standing
  return suspect ? `${phase}, suspect` : phase
}

export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(',')
}
