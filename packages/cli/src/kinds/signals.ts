import type { SignalView } from '@piccolo/core/spi'
import { age } from '../text/age.js'
import { resourceKind } from './resource-kind.js'

export const signals = resourceKind<SignalView>({
  plural: 'signals',
  singular: 'signal',
  list: (client, signal) => client.signals({ signal }),
  nameOf: ({ name }) => name,
  columns: (nowMs) => [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'VALUE', value: ({ value }) => (value === undefined ? 'not known' : String(value)) },
    { title: 'TOLD', value: ({ atMs }) => (atMs === undefined ? 'never' : age(nowMs - atMs)) },
    { title: 'AWAITED BY', value: ({ awaitedBy }) => awaitedBy.join(', '), elastic: true },
  ],
})
