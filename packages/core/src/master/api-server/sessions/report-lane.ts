import { PiccoloError } from '../../../errors/index.js'
import type { Held, MasterMessage, Report, Status, Synced } from '../../../protocol/index.js'
import type { AdapterContext } from '../../../spi/index.js'
import { jitteredMs, sleep } from '../../../waiting/index.js'
import type { Reports } from '../needs.js'
import { weightOf } from './weight-of.js'

const maxWaiting = 256
const maxWaitingBytes = 16 * 1024 * 1024
/** Between attempts while the store is away. */
const retryDelay = { initialMs: 100, capMs: 5_000 }

type Reported = Status | Synced | Report | Held

export interface ReportLaneOptions extends AdapterContext {
  readonly node: string
  readonly stateEpoch: string
  /** The generation that the node's hello named. */
  readonly held: bigint | undefined
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
  take(message: Reported): void
  /** Whether the full status set of this session is committed. */
  readonly synced: boolean
  /**
   * The generation the node holds, once everything it had said before it said so is committed; undefined before the full status set
   * is. What is absent from the states then is gone from the node.
   */
  readonly settled: bigint | undefined
  /** Called whenever `settled` may have changed. */
  whenSettled(run: () => void): void
  /** Rejects when the session must begin anew. */
  readonly failed: Promise<never>
  fail(error: unknown): void
}

export function reportLane(options: ReportLaneOptions): ReportLane {
  const { node, stateEpoch, reports, sets, post, signal, clock, random, logger } = options
  const waiting: { readonly message: Reported; readonly bytes: number }[] = []
  let waitingBytes = 0
  const seen = new Set<string>()
  let synced = false
  let held = options.held
  let onSettled: () => void = () => undefined
  let working = false
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => { fail = reject })
  failed.catch(() => undefined) // the session may have ended for another reason already

  const handle = async (message: Reported): Promise<void> => {
    switch (message.type) {
      case 'status':
        if (!synced) for (const { key } of message.entries) seen.add(key)
        await reports.statuses(node, stateEpoch, message.entries, signal)
        return
      case 'synced':
        await reports.synced(node, seen, signal)
        synced = true
        seen.clear()
        onSettled()
        return
      case 'held':
        held = message.version.generation
        onSettled()
        return
      case 'report': {
        const position = await reports.report(node, stateEpoch, message.entries, signal)
        if (position !== undefined) post({ type: 'ack', position, storeRevision: sets.revision })
      }
    }
  }

  /** As often as it takes: what a node has reported waits here while the store is away, and its session goes on. */
  const commit = async (message: Reported): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await handle(message)
        return
      } catch (error) {
        if (!PiccoloError.is(error) || (!error.retryable && error.code !== 'conflict')) throw error
        if (failures === 0) logger.warn({ node, code: error.code, reason: error.message }, 'reports wait for the store')
        await sleep(clock, jitteredMs(failures, retryDelay, random), signal)
      }
    }
  }

  const work = async (): Promise<void> => {
    if (working) return
    working = true
    try {
      for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
        await commit(next.message)
        waitingBytes -= next.bytes
      }
    } catch (error) {
      if (!signal.aborted) fail(error)
    } finally {
      working = false
    }
  }

  return {
    take(message) {
      const bytes = weightOf(message)
      if (waiting.length >= maxWaiting || waitingBytes + bytes > maxWaitingBytes) fail(new PiccoloError('resource-exhausted', 'The master can not keep up with the reports; the node sends them again in its next session.'))
      else {
        waiting.push({ message, bytes })
        waitingBytes += bytes
      }
      void work()
    },
    get synced() {
      return synced
    },
    get settled() {
      return synced ? held : undefined
    },
    whenSettled(run) {
      onSettled = run
    },
    failed,
    fail,
  }
}
