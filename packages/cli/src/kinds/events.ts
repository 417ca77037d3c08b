import type { PiccoloClient } from '@piccolo/client'
import type { ClusterEvent } from '@piccolo/core/spi'
import type { Column } from '../text/columns.js'
import { timeOfDay } from '../text/age.js'
import { resourceKind } from './resource-kind.js'
import { stateStyle } from './state-style.js'

/** As many as the master gives unasked, and as it gives at all. */
const usualEvents = 100
const mostEvents = 10_000

export const eventColumns: readonly Column<ClusterEvent>[] = [
  { title: 'TIME', value: ({ atMs }) => timeOfDay(atMs) },
  { title: 'SEVERITY', value: ({ severity }) => severity, style: ({ severity }) => stateStyle(severity) },
  { title: 'ID', value: ({ id }) => id, wide: true },
  { title: 'NODE', value: ({ node = '' }) => node },
  { title: 'SUBJECT', value: ({ subject }) => subject },
  { title: 'TYPE', value: ({ type }) => type, wide: true },
  { title: 'MESSAGE', value: ({ message }) => message, elastic: true },
]

export const events = resourceKind<ClusterEvent>({
  plural: 'events',
  singular: 'event',
  takes: ['limit', 'security'],
  list: (client, signal, selection) => (selection.security === true ? securityEvents(client, selection.limit, signal) : lastEvents(client, selection.limit, signal)),
  nameOf: ({ id }) => id,
  columns: () => eventColumns,
})

export async function lastEvents(client: PiccoloClient, limit: number | undefined, signal: AbortSignal): Promise<readonly ClusterEvent[]> {
  const found: ClusterEvent[] = []
  for await (const event of client.events({ signal, ...(limit === undefined ? {} : { limit }) })) found.push(event)
  return found
}

/** Whether it concerns who may be here and do what. */
export function isSecurity({ fields }: ClusterEvent): boolean {
  return fields['security'] === true
}

/** The last of them. They are few among many, so all that the master gives at once is looked through. */
export async function securityEvents(client: PiccoloClient, limit: number | undefined, signal: AbortSignal): Promise<readonly ClusterEvent[]> {
  return (await lastEvents(client, mostEvents, signal)).filter(isSecurity).slice(-(limit ?? usualEvents))
}
