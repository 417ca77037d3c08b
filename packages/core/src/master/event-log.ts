import type { EventBus, MasterEvents } from '../events/index.js'
import type { EventRecord } from '../model/records/index.js'
import type { Caller, Cancel, ClusterEvent, Clock, EventSeverity, Mutation } from '../spi/index.js'
import { tables } from './tables.js'

export interface EventDraft {
  readonly severity: EventSeverity
  /** Constant per kind of event, e.g. `node-registered`. */
  readonly type: string
  readonly subject: string
  readonly message: string
  readonly node?: string
  /** The node's own time, if the event is a node's. */
  readonly atMs?: number
  readonly fields?: Readonly<Record<string, string | number | boolean>>
}

export interface AuditDraft {
  readonly caller: Caller | { readonly node: string; readonly source: string } | { readonly service: string } | { readonly who: string; readonly source: string }
  readonly operation: string
  readonly subject: string
  readonly outcome: 'done' | 'refused'
  readonly reason?: string
}

/** The one way into events/ and audit/: the mutation goes into the deed's own commit, the announcement follows the commit. */
export interface EventLog {
  draft(event: EventDraft): { readonly mutation: Mutation; readonly record: EventRecord }
  audit(entry: AuditDraft): Mutation
  /** Tells listeners of what was committed at `revision`. */
  announce(records: readonly EventRecord[], revision: bigint): void
  /** Calls `grown` after each so many entries of either kind, until cancelled. */
  onGrowth(entries: number, grown: () => void): Cancel
}

export function eventLog({ term, clock, bus }: { readonly term: bigint; readonly clock: Clock; readonly bus: EventBus<MasterEvents> }): EventLog {
  let counter = 0
  const watchers = new Set<(count: number) => void>()
  const nextId = (): string => {
    counter += 1
    for (const watcher of watchers) watcher(counter)
    return `${padded(term)}.${padded(BigInt(counter))}`
  }
  const record = (event: EventDraft): EventRecord => ({
    id: nextId(),
    atMs: event.atMs ?? clock.wallMs(),
    ...(event.atMs !== undefined && { arrivedAtMs: clock.wallMs() }),
    severity: event.severity,
    type: event.type,
    subject: event.subject,
    ...(event.node !== undefined && { node: event.node }),
    message: event.message,
    fields: { ...event.fields },
  })
  return {
    draft(event) {
      const entry = record(event)
      return { record: entry, mutation: tables.events.put(entry.id, entry) }
    },
    audit({ caller, operation, subject, outcome, reason }) {
      const entry = record({
        severity: outcome === 'done' ? 'info' : 'warning',
        type: operation,
        subject,
        message: reason ?? outcome,
        fields: { outcome, ...whoAndWhence(caller) },
      })
      return tables.audit.put(entry.id, entry)
    },
    announce(records, revision) {
      for (const entry of records) bus.emit('event', toClusterEvent(entry, revision))
    },
    onGrowth(entries, grown) {
      const watcher = (count: number): void => { if (count % entries === 0) grown() }
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
}

export function toClusterEvent(entry: EventRecord, revision: bigint): ClusterEvent {
  const { id, atMs, severity, type, subject, node, message, fields } = entry
  return { id, revision, atMs, severity, type, subject, message, fields, ...(node !== undefined && { node }) }
}

/** Fixed width, so that the order of keys is the order of arrival. */
function padded(value: bigint): string {
  return value.toString(16).padStart(12, '0')
}

function whoAndWhence(caller: AuditDraft['caller']): Readonly<Record<string, string>> {
  if ('service' in caller) return { who: `service:${caller.service}`, source: 'master' }
  if ('who' in caller) return { who: caller.who, source: caller.source }
  if ('node' in caller) return { who: `node:${caller.node}`, source: caller.source }
  const { source, context } = caller
  return { who: whoOf(caller), source, ...context }
}

/** How logs name who asked. */
export function whoOf({ principal }: Caller): string {
  return principal.kind === 'node' ? `node:${principal.nodeId}` : `${principal.role}:${principal.name}`
}
