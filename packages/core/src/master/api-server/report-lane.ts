import { PiccoloError } from '../../errors/index.js'
import type { MasterMessage, Report, Status, Synced } from '../../protocol/index.js'
import type { Reports } from './needs.js'

const maxWaiting = 256

export interface ReportLaneOptions {
  readonly node: string
  readonly stateEpoch: string
  readonly reports: Reports
  readonly sets: { readonly revision: bigint }
  readonly post: (message: MasterMessage) => void
  readonly signal: AbortSignal
}

/**
 * What a node reports in one session, committed in order and apart from its beats: while the store is slow or away the node stays
 * alive in the master's eyes and nothing is acknowledged.
 */
export interface ReportLane {
  take(message: Status | Synced | Report): void
  /** Whether the full status set of this session is committed. */
  readonly synced: boolean
  whenSynced(run: () => void): void
  /** Rejects when the session must begin anew. */
  readonly failed: Promise<never>
  fail(error: unknown): void
}

export function reportLane({ node, stateEpoch, reports, sets, post, signal }: ReportLaneOptions): ReportLane {
  const waiting: (Status | Synced | Report)[] = []
  const seen = new Set<string>()
  let synced = false
  let onSynced: () => void = () => undefined
  let working = false
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => { fail = reject })
  failed.catch(() => undefined) // the session may have ended for another reason already

  const handle = async (message: Status | Synced | Report): Promise<void> => {
    switch (message.type) {
      case 'status':
        if (!synced) for (const { key } of message.entries) seen.add(key)
        await reports.statuses(node, stateEpoch, message.entries, signal)
        return
      case 'synced':
        await reports.synced(node, seen, signal)
        synced = true
        seen.clear()
        onSynced()
        return
      case 'report': {
        const position = await reports.report(node, stateEpoch, message.entries, signal)
        if (position !== undefined) post({ type: 'ack', position, storeRevision: sets.revision })
      }
    }
  }

  const work = async (): Promise<void> => {
    if (working) return
    working = true
    try {
      for (let message = waiting.shift(); message !== undefined && !signal.aborted; message = waiting.shift()) await handle(message)
    } catch (error) {
      if (!signal.aborted) fail(error)
    } finally {
      working = false
    }
  }

  return {
    take(message) {
      if (waiting.length >= maxWaiting) fail(new PiccoloError('resource-exhausted', 'The master can not keep up with the reports; the node sends them again in its next session.'))
      else waiting.push(message)
      void work()
    },
    get synced() {
      return synced
    },
    whenSynced(run) {
      onSynced = run
    },
    failed,
    fail,
  }
}
