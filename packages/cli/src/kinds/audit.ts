import type { AuditEntry } from '@piccolo/core/spi'
import { timeOfDay } from '../text/age.js'
import { resourceKind } from './resource-kind.js'

/** Who did what, and who was refused what. */
export const audit = resourceKind<AuditEntry>({
  plural: 'audit',
  singular: 'audit',
  takes: ['limit'],
  list: (client, signal, { limit }) => client.audit({ signal, ...(limit === undefined ? {} : { limit }) }),
  nameOf: ({ id }) => id,
  columns: () => [
    { title: 'TIME', value: ({ atMs }) => timeOfDay(atMs) },
    { title: 'ID', value: ({ id }) => id, wide: true },
    { title: 'WHO', value: ({ who }) => who },
    { title: 'FROM', value: ({ source }) => source },
    { title: 'DID', value: ({ operation }) => operation },
    { title: 'TO', value: ({ subject }) => subject },
    { title: 'OUTCOME', value: ({ outcome }) => outcome, style: ({ outcome }) => (outcome === 'refused' ? 'red' : undefined) },
    { title: 'REQUEST', value: ({ requestId = '' }) => requestId, wide: true },
    { title: 'BECAUSE', value: ({ reason = '' }) => reason, elastic: true },
  ],
})
