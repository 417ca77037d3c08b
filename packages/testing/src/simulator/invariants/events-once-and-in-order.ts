import type { JournalPosition } from '@piccolo/core/spi'
import type { Commit } from '../../store/memory-backend.js'
import type { Invariant } from '../invariant.js'
import { storedValue } from '../stored-value.js'

interface Place {
  readonly stateEpoch: string
  readonly position: JournalPosition
}

interface StoredEvent {
  readonly type: string
  readonly node?: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** PROTOCOL §3: the journal's lane is append-only, and each entry is told exactly once. */
export const eventsOnceAndInOrder: Invariant = {
  name: 'events of a node arrive once and in order',
  holds: "In the store, a node's events follow each other as they happened: none twice, and none missing within a start of its agent but for what a `dropped` record counts.",
  watch() {
    const places = new Map<string, Place>()
    const gaps = new Map<string, { readonly from: JournalPosition; readonly to: JournalPosition }[]>()
    return (event) => {
      if (event.type === 'phase' && event.phase === 'resting') return unexplained(gaps)
      if (event.type !== 'commit') return undefined
      for (const { node, position, type, fields, stateEpoch } of eventsIn(event)) {
        const before = places.get(node)
        const after = before?.stateEpoch === stateEpoch ? before.position : undefined
        if (after !== undefined && !isLater(position, after)) return `event ${textOf(position)} of ${node} is stored after ${textOf(after)}`
        const expected = after?.incarnation === position.incarnation ? after.seq + 1 : 1
        if (position.seq > expected) gaps.set(node, [...(gaps.get(node) ?? []), { from: { ...position, seq: expected }, to: { ...position, seq: position.seq - 1 } }])
        if (type === 'dropped') gaps.set(node, (gaps.get(node) ?? []).filter((gap) => !isCovered(gap, fields)))
        places.set(node, { stateEpoch, position })
      }
      return undefined
    }
  },
}

/** The events of nodes' journals that one commit brings, in its order. */
function eventsIn({ changes }: Commit): readonly (StoredEvent & { readonly node: string; readonly position: JournalPosition; readonly stateEpoch: string })[] {
  const values = changes.flatMap((change) => (change.type === 'put' ? [{ key: change.entry.key, value: change.entry.value }] : []))
  const journal = values.find(({ key }) => key.startsWith('journals/'))
  if (journal === undefined) return []
  const { stateEpoch } = storedValue(journal.value) as { readonly stateEpoch: string } // the master wrote it, and what follows
  return values.filter(({ key }) => key.startsWith('events/')).flatMap(({ value }) => {
    const event = storedValue(value) as StoredEvent
    const { incarnation, seq } = event.fields
    return event.node === undefined || typeof incarnation !== 'number' || typeof seq !== 'number' ? [] : [{ ...event, node: event.node, position: { incarnation, seq }, stateEpoch }]
  })
}

function unexplained(gaps: ReadonlyMap<string, readonly { readonly from: JournalPosition; readonly to: JournalPosition }[]>): string | undefined {
  for (const [node, [gap]] of gaps) if (gap !== undefined) return `events ${textOf(gap.from)} to ${textOf(gap.to)} of ${node} are missing, and no record says that they were dropped`
  return undefined
}

function isCovered({ from, to }: { readonly from: JournalPosition; readonly to: JournalPosition }, fields: StoredEvent['fields']): boolean {
  const first = { incarnation: Number(fields['fromIncarnation']), seq: Number(fields['fromSeq']) }
  const last = { incarnation: Number(fields['toIncarnation']), seq: Number(fields['toSeq']) }
  return !isLater(first, from) && !isLater(to, last)
}

function isLater(a: JournalPosition, b: JournalPosition): boolean {
  return a.incarnation > b.incarnation || (a.incarnation === b.incarnation && a.seq > b.seq)
}

function textOf({ incarnation, seq }: JournalPosition): string {
  return `${incarnation}.${seq}`
}
