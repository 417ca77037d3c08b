import { PiccoloError } from '../../../errors/index.js'
import type { CommandBody, MessageContext, SetVersion } from '../../../protocol/index.js'

export interface LiveSession {
  readonly node: string
  /** In the order in which their hellos came. */
  readonly counter: number
  readonly address: string
  readonly openedAtMs: number
  readonly lastHeardMs: () => number
  /** Nothing heard for longer than `suspect` of its timings. */
  readonly silent: () => boolean
  readonly acknowledged: () => SetVersion | undefined
  /** The generation the node holds and up to which its states are complete. */
  readonly settled: () => bigint | undefined
  /** Runs a command on the node; each payload in order. Throws `unavailable` when the session ends first. */
  command(body: CommandBody, signal: AbortSignal, context?: MessageContext): AsyncIterable<Uint8Array>
  /** Why it may not go on any more, by its node's registration; undefined = it may. */
  readonly obstacle: () => PiccoloError | undefined
  /** Tells the node why and closes. */
  end(error: PiccoloError): void
}

/** What the older of two sessions of a node is told. */
export function newerSession(): PiccoloError {
  return new PiccoloError('conflict', 'A newer session of this node took its place.')
}

/** The sessions that are open now: at most one a node, the newest. */
export interface SessionRegistry {
  /** Takes the place of the node's earlier session, which is ended. The returned function takes it out again. */
  add(session: LiveSession): () => void
  get(node: string): LiveSession | undefined
  /** When the node was last heard by this master, wall clock; undefined = not since its start. */
  lastHeardMs(node: string): number | undefined
  readonly all: Iterable<LiveSession>
  /** Counts sessions within this term. */
  nextCounter(): number
  /** Notes that the session with this counter has proven its node; throws `conflict` if a later one has. */
  stillNewest(node: string, counter: number): void
}

export function sessionRegistry(): SessionRegistry {
  const sessions = new Map<string, LiveSession>()
  const lastHeard = new Map<string, () => number>()
  const newest = new Map<string, number>()
  let counter = 0
  return {
    add(session) {
      sessions.get(session.node)?.end(newerSession())
      sessions.set(session.node, session)
      lastHeard.set(session.node, session.lastHeardMs)
      return () => {
        if (sessions.get(session.node) === session) sessions.delete(session.node)
      }
    },
    get: (node) => sessions.get(node),
    lastHeardMs: (node) => lastHeard.get(node)?.(),
    get all() {
      return sessions.values()
    },
    nextCounter: () => (counter += 1),
    stillNewest(node, mine) {
      if ((newest.get(node) ?? 0) > mine) throw newerSession()
      newest.set(node, mine)
    },
  }
}
