import type { JournalEntry, JournalPosition, StatusEntry, WorkloadStatus } from '../../protocol/index.js'
import type { Mutation } from '../../spi/index.js'
import type { EventRecord } from '../../model/records/index.js'
import type { Decision, StoreReader } from '../../store/index.js'
import type { MasterContext } from '../context.js'
import { partsOf } from '../parts-of.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'

/** Keeps what nodes report. Nothing is acknowledged before its commit; what arrives twice is committed once. */
export interface StateManager {
  acknowledged(node: string, stateEpoch: string, signal: AbortSignal): Promise<JournalPosition | undefined>
  statuses(node: string, stateEpoch: string, entries: readonly StatusEntry[], signal: AbortSignal): Promise<void>
  synced(node: string, keys: ReadonlySet<string>, signal: AbortSignal): Promise<void>
  report(node: string, stateEpoch: string, entries: readonly JournalEntry[], signal: AbortSignal): Promise<JournalPosition | undefined>
}

export function stateManager({ store, log }: Pick<MasterContext, 'store' | 'log'>, views: Pick<Views, 'caughtUpWith'>): StateManager {
  const { maxCommitOperations } = store.capabilities
  // A key takes a precondition and a mutation, an entry a mutation; the fence of the term and the journal's position come on top.
  const keysACommit = Math.max(1, Math.floor((maxCommitOperations - 1) / 2))
  const entriesACommit = Math.max(1, maxCommitOperations - 3)

  /** Resolves when the views show it: who decides on them must not take what is on its way for absent. */
  const keep = async (decide: (reader: StoreReader) => Promise<Decision<undefined>>, signal: AbortSignal): Promise<void> => {
    const { revision } = await store.update(decide, { signal })
    if (revision !== undefined) await views.caughtUpWith([tables.states.prefix], revision, signal)
  }

  const keepStatuses = (node: string, stateEpoch: string, entries: readonly StatusEntry[], signal: AbortSignal): Promise<void> => keep(async (reader) => {
    const mutations: Mutation[] = []
    for (const { key, position, workload } of entries) {
      const id = `${node}/${key}`
      const before = await tables.states.get(reader, id)
      const comparable = before?.value.stateEpoch === stateEpoch ? before.value : undefined
      if (comparable !== undefined && workload !== undefined && !isNewer(workload, position, comparable)) continue
      if (workload !== undefined) mutations.push(tables.states.put(id, { stateEpoch, position, status: { ...workload, containers: [...workload.containers] } }))
      else if (before !== undefined) mutations.push(tables.states.delete(id))
    }
    return { mutations, result: undefined }
  }, signal)

  const keepReport = async (node: string, stateEpoch: string, entries: readonly JournalEntry[], signal: AbortSignal): Promise<JournalPosition | undefined> => {
    const { result, revision } = await store.update<Reported>(async (reader) => {
      const journal = (await tables.journals.get(reader, node))?.value
      const done = journal?.stateEpoch === stateEpoch ? journal.position : undefined
      const fresh = entries.filter(({ position }) => done === undefined || isLater(position, done))
      const last = fresh.at(-1)
      if (last === undefined) return { mutations: [], result: { position: done, records: [] } }
      const drafts = fresh.map((entry) => log.draft(eventOf(node, entry)))
      return {
        mutations: [...drafts.map(({ mutation }) => mutation), tables.journals.put(node, { stateEpoch, position: last.position })],
        result: { position: last.position, records: drafts.map(({ record }) => record) },
      }
    }, { signal })
    if (revision !== undefined) log.announce(result.records, revision)
    return result.position
  }

  return {
    async acknowledged(node, stateEpoch, signal) {
      const journal = await tables.journals.get(store, node, { signal })
      return journal?.value.stateEpoch === stateEpoch ? journal.value.position : undefined
    },

    async statuses(node, stateEpoch, entries, signal) {
      const latest = new Map(entries.map((entry) => [entry.key, entry]))
      for (const part of partsOf([...latest.values()], keysACommit)) await keepStatuses(node, stateEpoch, part, signal)
    },

    async synced(node, keys, signal) {
      const { entries } = await tables.states.list(store, { within: `${node}/`, signal })
      const gone = entries.filter(({ id }) => !keys.has(id.slice(node.length + 1)))
      for (const part of partsOf(gone, keysACommit)) {
        await keep(() => Promise.resolve({ mutations: part.map(({ id }) => tables.states.delete(id)), preconditions: part.map(tables.states.unchanged), result: undefined }), signal)
      }
    },

    async report(node, stateEpoch, entries, signal) {
      let position: JournalPosition | undefined
      for (const part of partsOf(entries, entriesACommit)) position = await keepReport(node, stateEpoch, part, signal)
      return position
    },
  }
}

interface Reported {
  readonly position: JournalPosition | undefined
  readonly records: readonly EventRecord[]
}

function isLater(a: JournalPosition, b: JournalPosition): boolean {
  return a.incarnation > b.incarnation || (a.incarnation === b.incarnation && a.seq > b.seq)
}

/** A report under a lower placement epoch is of a past placement; under the same one the later position wins. */
function isNewer(workload: WorkloadStatus, position: JournalPosition, before: { readonly position: JournalPosition; readonly status: { readonly epoch: bigint } }): boolean {
  if (workload.epoch !== before.status.epoch) return workload.epoch > before.status.epoch
  return !isLater(before.position, position)
}

function eventOf(node: string, { position, atMs, severity, type, subject, message, fields }: JournalEntry) {
  return { node, atMs, severity, type, subject, message, fields: { ...fields, incarnation: position.incarnation, seq: position.seq } }
}
