import type { NodeListEntry } from '../../../model/index.js'
import type { NodeRecord } from '../../../model/records/index.js'
import type { Mutation, Precondition } from '../../../spi/index.js'
import { canonicalJson, type StoreReader, type Stored } from '../../../store/index.js'
import type { MasterContext } from '../../context.js'
import { tables } from '../../tables.js'
import type { Views } from '../../views.js'

/** The fence of the term, and the audit. */
const fixedOperations = 2
/** A registration, as it was and as it is to be. */
const operationsANode = 2

export function nodeIdOf({ name, hostname }: NodeListEntry): string {
  return name ?? hostname
}

/**
 * Entries of the file are registered or updated; expected nodes that left the file go; nodes that have joined stay until removed. In as
 * few commits as the store's limits allow; resolves when whoever enrols is measured by the new list.
 */
export async function enterNodes({ store, log, clock }: MasterContext, views: Pick<Views, 'caughtUpWith'>, entries: readonly NodeListEntry[], signal: AbortSignal): Promise<void> {
  const most = Math.max(1, Math.floor((store.capabilities.maxCommitOperations - fixedOperations) / operationsANode))
  for (let more = true; more; ) {
    const { result, revision } = await store.update(async (reader) => {
      const changes = await changesTo(reader, entries, clock.wallMs())
      const part = changes.slice(0, most)
      const audit = log.audit({ caller: { service: 'api-server' }, operation: 'node-list', subject: part.map(({ id }) => id).join(' ').slice(0, 500), outcome: 'done' })
      return {
        mutations: part.length === 0 ? [] : [...part.map(({ mutation }) => mutation), audit],
        preconditions: part.map(({ precondition }) => precondition),
        result: changes.length > part.length,
      }
    }, { signal })
    if (revision !== undefined) await views.caughtUpWith([tables.nodes.prefix], revision, signal)
    more = result
  }
}

interface Change {
  readonly id: string
  readonly precondition: Precondition
  readonly mutation: Mutation
}

async function changesTo(reader: StoreReader, entries: readonly NodeListEntry[], nowMs: number): Promise<readonly Change[]> {
  const { entries: stored } = await tables.nodes.list(reader)
  const before = new Map(stored.map((entry) => [entry.id, entry]))
  const listed = new Set(entries.map(nodeIdOf))
  const changed = entries.flatMap((entry): Change[] => {
    const old = before.get(nodeIdOf(entry))
    const record = recordOf(entry, old?.value, nowMs)
    if (old !== undefined && canonicalJson(record) === canonicalJson(old.value)) return []
    return [{ id: record.id, precondition: old === undefined ? tables.nodes.absent(record.id) : tables.nodes.unchanged(old), mutation: tables.nodes.put(record.id, record) }]
  })
  const gone = stored.filter((node) => isExpected(node) && !listed.has(node.id))
  return [...changed, ...gone.map((node): Change => ({ id: node.id, precondition: tables.nodes.unchanged(node), mutation: tables.nodes.delete(node.id) }))]
}

/** Named by the file alone: it has not joined. */
function isExpected({ value }: Stored<NodeRecord>): boolean {
  return value.source === 'node.yaml' && value.keys.length === 0 && value.standing === undefined
}

function recordOf(entry: NodeListEntry, before: NodeRecord | undefined, nowMs: number): NodeRecord {
  return {
    id: nodeIdOf(entry),
    type: entry.role,
    role: entry.nodeRole,
    labels: entry.labels,
    ...(entry.profile !== undefined && { profile: entry.profile }),
    source: 'node.yaml',
    ...(entry.ip !== undefined && { ip: entry.ip }),
    hostname: entry.hostname,
    keys: before?.keys ?? [],
    registeredAtMs: before?.registeredAtMs ?? nowMs,
    ...(before?.certifiedUntilMs !== undefined && { certifiedUntilMs: before.certifiedUntilMs }),
    cordoned: before?.cordoned ?? false,
    ...(before?.standing !== undefined && { standing: before.standing }),
  }
}
