import { PiccoloError } from '../../../errors/index.js'
import type { ApprovalRecord, NodeRecord, RefusedKeyRecord } from '../../../model/records/index.js'
import type { ApprovalRef, ApprovalView, Caller, Mutation } from '../../../spi/index.js'
import type { StoreReader } from '../../../store/index.js'
import type { MasterContext } from '../../context.js'
import { whoOf } from '../../event-log.js'
import { tables } from '../../tables.js'
import type { Views } from '../../views.js'
import { refusedKey } from './node-standing.js'

/** What a person decides about boards that wait at the door. */
export interface Approvals {
  list(signal: AbortSignal): Promise<readonly ApprovalView[]>
  approve(caller: Caller, which: ApprovalRef, signal: AbortSignal): Promise<void>
  deny(caller: Caller, which: ApprovalRef, signal: AbortSignal): Promise<void>
}

export function approvals({ store, log, clock }: MasterContext, views: Pick<Views, 'caughtUpWith'>): Approvals {
  const listed = async (signal: AbortSignal): Promise<readonly ApprovalRecord[]> => {
    const { entries } = await tables.approvals.list(store, { signal })
    return entries.map(({ value }) => value).sort((a, b) => a.requestedAtMs - b.requestedAtMs)
  }

  /** One that waits, found by the node's name and perhaps the beginning of its key. */
  const found = async ({ node, key = '' }: ApprovalRef, signal: AbortSignal): Promise<ApprovalRecord> => {
    const [first, ...others] = (await listed(signal)).filter((waiting) => waiting.node === node && waiting.key.startsWith(key))
    if (first === undefined) throw new PiccoloError('not-found', `No board waits to join as "${node}"${key === '' ? '' : ` with a key that begins with ${key.slice(0, 64)}`}; "piccolo get approvals" shows who does.`)
    if (others.length > 0) throw new PiccoloError('conflict', `${String(others.length + 1)} boards wait to join as "${node}". Say which with the beginning of its key: ${[first, ...others].map((waiting) => waiting.key.slice(0, 16)).join(', ')}.`)
    return first
  }

  const decide = async (caller: Caller, which: ApprovalRef, { operation, severity, message, mutations }: Decision, signal: AbortSignal): Promise<void> => {
    const { key, node } = await found(which, signal)
    const { result, revision } = await store.update(async (reader) => {
      const waiting = (await tables.approvals.get(reader, key))?.value
      if (waiting === undefined) throw new PiccoloError('conflict', `Somebody else has decided about "${node}" meanwhile.`)
      const event = log.draft({ severity, type: `node-${operation === 'approve' ? 'approved' : 'denied'}`, subject: `node/${node}`, node, message: message(whoOf(caller)), fields: { key, security: true } })
      const audit = log.audit({ caller, operation, subject: `node/${node}`, outcome: 'done' })
      return { mutations: [tables.approvals.delete(key), ...(await mutations(reader, waiting)), event.mutation, audit], result: event.record }
    }, { signal })
    if (revision === undefined) return
    log.announce([result], revision)
    await views.caughtUpWith([tables.nodes.prefix], revision, signal)
  }

  return {
    async list(signal) {
      return (await listed(signal)).map(({ key, node, reason, requestedAtMs, address, hostname, token }) => ({
        key, node, reason, requestedAtMs, address, ...(hostname !== undefined && { hostname }), ...(token !== undefined && { token }),
      }))
    },
    approve: (caller, which, signal) => decide(caller, which, {
      operation: 'approve', severity: 'info', message: (who) => `${who} let it in.`,
      async mutations(reader, { key, node, registration }) {
        const refused = (await tables.refusedKeys.get(reader, key))?.value
        if (refused !== undefined) throw refusedKey(refused)
        const now = (await tables.nodes.get(reader, node))?.value
        if (now?.standing?.state === 'quarantined') throw new PiccoloError('failed-precondition', `Node "${node}" is in quarantine. Decide about that first.`)
        return [tables.nodes.put(node, admitted(now ?? registrationOf(node, registration), key, clock.wallMs()))]
      },
    }, signal),
    deny: (caller, which, signal) => decide(caller, which, {
      operation: 'deny', severity: 'warning', message: (who) => `${who} turned a board away that wanted to join under this name.`,
      async mutations(reader, { key, node }) {
        const now = (await tables.nodes.get(reader, node))?.value
        const refused: RefusedKeyRecord = { key, node, why: 'denied', atMs: clock.wallMs(), by: whoOf(caller), reason: 'a person turned it away.', workloads: 'keep' }
        const left: readonly Mutation[] = now?.keys.includes(key) === true ? [tables.nodes.put(node, { ...now, keys: now.keys.filter((other) => other !== key) })] : []
        return [tables.refusedKeys.put(key, refused), ...left]
      },
    }, signal),
  }
}

interface Decision {
  readonly operation: 'approve' | 'deny'
  readonly severity: 'info' | 'warning'
  readonly message: (who: string) => string
  readonly mutations: (reader: StoreReader, waiting: ApprovalRecord) => Promise<readonly Mutation[]>
}

/** The key stands beside those that the node has, until its first session; a certificate that is over by too much counts as over from now on. */
function admitted(node: NodeRecord, key: string, nowMs: number): NodeRecord {
  const { standing: _, ...registration } = node
  const isNew = node.keys.length === 0
  return { ...registration, keys: [...new Set([...node.keys, key])], certifiedUntilMs: nowMs, ...(isNew && { registeredAtMs: nowMs }) }
}

function registrationOf(node: string, registration: NodeRecord | undefined): NodeRecord {
  if (registration !== undefined) return { ...registration, keys: [] }
  throw new PiccoloError('not-found', `Node "${node}" has been removed meanwhile. Turn the board away with "piccolo deny ${node}", and make it a token of its own.`)
}
