import type { ScenarioView } from '@piccolo/core/spi'
import { resourceKind } from './resource-kind.js'
import { stateStyle } from './state-style.js'

export const scenarios = resourceKind<ScenarioView>({
  plural: 'scenarios',
  singular: 'scenario',
  list: (client, signal) => client.scenarios({ signal }),
  nameOf: ({ name }) => name,
  columns: () => [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'PHASE', value: ({ phase }) => phase, style: ({ phase }) => stateStyle(phase) },
    { title: 'ACTION', value: ({ action }) => action },
    { title: 'PACKAGE', value: ({ target }) => target },
    { title: 'REVISION', value: ({ revision }) => revision.toString(), wide: true },
    { title: 'REASON', value: ({ reason = '' }) => reason, elastic: true },
  ],
})
