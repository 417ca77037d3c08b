import type { TokenView } from '@piccolo/core/spi'
import { age, timeOfDay } from '../text/age.js'
import { labelsText } from './nodes.js'
import { resourceKind } from './resource-kind.js'
import { stateStyle } from './state-style.js'

/** Join tokens; what they are made of is told once, when they are made. */
export const tokens = resourceKind<TokenView>({
  plural: 'tokens',
  singular: 'token',
  list: (client, signal) => client.tokens({ signal }),
  nameOf: ({ id }) => id,
  columns: (nowMs) => [
    { title: 'ID', value: ({ id }) => id },
    { title: 'STATE', value: ({ state }) => state, style: ({ state }) => stateStyle(state) },
    { title: 'NODE', value: ({ usedBy, nodeId = '' }) => usedBy ?? nodeId },
    { title: 'TYPE', value: ({ type = '' }) => type },
    { title: 'ROLE', value: ({ role = '' }) => role },
    { title: 'GOOD FOR', value: ({ state, expiresAtMs }) => (state === 'open' ? age(expiresAtMs - nowMs) : '') },
    { title: 'MADE', value: ({ createdAtMs }) => timeOfDay(createdAtMs), wide: true },
    { title: 'USED', value: ({ usedAtMs }) => (usedAtMs === undefined ? '' : timeOfDay(usedAtMs)), wide: true },
    { title: 'LABELS', value: ({ labels = {} }) => labelsText(labels), wide: true, elastic: true },
    { title: 'FROM', value: ({ addresses = [] }) => addresses.join(','), elastic: true },
  ],
})
