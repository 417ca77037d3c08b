import type { MessageContext } from '../protocol/index.js'
import type { Caller } from '../spi/index.js'
import { whoOf } from './event-log.js'

const mostKept = 1_024

/**
 * Who last asked for what stands under a key of the store, so that what comes of it, several commits later, can still say so. For logs and
 * traces only: it is bounded, and does not outlive the process.
 */
export interface RequestTrail {
  note(key: string, context: MessageContext | undefined): void
  /** The context noted last under any of the keys. */
  at(...keys: readonly string[]): MessageContext | undefined
}

export function requestTrail(): RequestTrail {
  const kept = new Map<string, { readonly order: number; readonly context: MessageContext }>()
  let order = 0
  return {
    note(key, context) {
      if (context === undefined) return
      kept.delete(key)
      kept.set(key, { order: (order += 1), context })
      const [oldest] = kept.keys()
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    },
    at(...keys) {
      const found = keys.flatMap((key) => kept.get(key) ?? [])
      return found.sort((a, b) => b.order - a.order)[0]?.context
    },
  }
}

/** What a message, and a line of the log, may say of a request. */
export function contextOf(caller: Caller): MessageContext {
  return { ...caller.context, principal: whoOf(caller) }
}
