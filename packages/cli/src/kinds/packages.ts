import type { PackageView } from '@piccolo/core/spi'
import { resourceKind } from './resource-kind.js'
import { stateStyle } from './state-style.js'

export const packages = resourceKind<PackageView>({
  plural: 'packages',
  singular: 'package',
  list: (client, signal) => client.packages({ signal }),
  nameOf: ({ name }) => name,
  columns: () => [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'STATE', value: ({ state }) => state, style: ({ state }) => stateStyle(state) },
    { title: 'MODELS', value: ({ models }) => models.map(({ name, node }) => (node === undefined ? name : `${name}@${node}`)).join(', '), elastic: true },
    { title: 'SCENARIO', value: ({ launchedBy = '' }) => launchedBy, wide: true },
    { title: 'REASON', value: ({ models }) => models.flatMap(({ reason }) => (reason === undefined ? [] : [reason])).join('; '), elastic: true },
  ],
})
