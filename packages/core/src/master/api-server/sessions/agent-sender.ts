import { PiccoloError } from '../../../errors/index.js'
import type { AdapterContext, Cancel } from '../../../spi/index.js'
import { deltaBetween, type AssignedItem, type HeldItem, type MasterMessage, type MessageContext, type SetVersion } from '../../../protocol/index.js'
import { jitteredMs, sleep } from '../../../waiting/index.js'

/** A node's set as the store has it now. */
export interface NodeSet {
  readonly version: SetVersion
  readonly items: ReadonlyMap<string, HeldItem>
}

/** Where the sender reads the sets of all nodes. */
export interface NodeSets {
  /** Undefined: the store has no set for this node, which is never sent as an empty one. */
  of(node: string): NodeSet | undefined
  content(digest: string, signal: AbortSignal): Promise<Uint8Array>
  /** Whether the store still has this as the node's set; `of` may be a little behind. */
  isCurrent(node: string, version: SetVersion, signal: AbortSignal): Promise<boolean>
  /** The newest revision this master has seen. */
  readonly revision: bigint
  /** Of the request that the node's set comes of, as far as this master has heard of it. */
  context(node: string): MessageContext | undefined
  /** Calls `changed` after the node's set changed, until cancelled. */
  subscribe(node: string, changed: () => void): Cancel
}

/** Brings one node's set up to date over one session. One change is under way at a time. */
export interface SetSender {
  /** The set may have changed. */
  wake(): void
  inventory(items: readonly HeldItem[]): void
  held(version: SetVersion): void
  /** The node could not take the change; it sends its inventory next. */
  refused(generation: bigint): void
  /** What the node has acknowledged in this session or said in its hello. */
  readonly acknowledged: SetVersion | undefined
}

export interface SetSenderOptions extends AdapterContext {
  readonly node: string
  readonly sets: NodeSets
  readonly held: SetVersion | undefined
  readonly post: (message: MasterMessage) => void
  /** Told when a change could not be sent; the session should end and begin anew. */
  readonly failed: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Between attempts while the store is away. */
const retryDelay = { initialMs: 100, capMs: 5_000 }

/** One change being sent: another may be under way to the same set when this one turns out to be outdated. */
interface Attempt {
  readonly wanted: NodeSet
}

const sameVersion = (a: SetVersion | undefined, b: SetVersion | undefined): boolean => a?.generation === b?.generation && a?.digest === b?.digest

export function setSender(options: SetSenderOptions): SetSender {
  const { node, sets, held, post, failed, signal, clock, random, logger } = options
  let acknowledged = held
  // What the node is known to hold; undefined until its inventory tells. One that holds no set is not asked for it while there is none for it.
  let known: ReadonlyMap<string, HeldItem> | undefined = held === undefined && sets.of(node) === undefined ? new Map() : undefined
  let base: SetVersion | undefined
  let underWay: Attempt | undefined
  // A refusal and the next change may cross: what was sent last may be held all the same.
  let sent: NodeSet | undefined

  const send = async (attempt: Attempt, before: ReadonlyMap<string, HeldItem>): Promise<void> => {
    const { wanted } = attempt
    const delta = deltaBetween(before.values(), { version: wanted.version, items: wanted.items.values() })
    const upserts: AssignedItem[] = []
    for (const item of delta.upserts) upserts.push({ ...item, content: await sets.content(item.digest, signal) })
    if (underWay !== attempt) return
    const context = sets.context(node)
    logger.debug({ node, generation: String(delta.target.generation), upserts: upserts.length, removals: delta.removals.length, ...context }, 'set sent')
    sent = wanted
    post({ type: 'assign', delta: { base, target: delta.target, upserts, removals: delta.removals }, storeRevision: sets.revision, ...(context !== undefined && { context }) })
  }

  const wake = (): void => {
    const wanted = sets.of(node)
    if (wanted === undefined || underWay !== undefined || signal.aborted) return
    if (sameVersion(acknowledged, wanted.version)) {
      known ??= wanted.items
      base ??= wanted.version
      return
    }
    if (known === undefined) return
    underWay = { wanted }
    void bring(underWay, known)
  }

  const bring = async (attempt: Attempt, before: ReadonlyMap<string, HeldItem>): Promise<void> => {
    const { wanted } = attempt
    for (let failures = 0; underWay === attempt; failures += 1) {
      try {
        await send(attempt, before)
        return
      } catch (error) {
        // The session is over, or the node has sent its inventory and is being answered.
        if (signal.aborted || underWay !== attempt) return
        if (!PiccoloError.is(error) || (!error.retryable && error.code !== 'not-found')) {
          failed(error)
          return
        }
        // The content of a set that was replaced meanwhile is gone; the newer set is sent as soon as it is seen.
        if (error.code === 'not-found' && await isCurrent(wanted)) failed(error)
        if (error.code === 'not-found') break
        if (!(await sleep(clock, jitteredMs(failures, retryDelay, random), signal))) return
      }
    }
    if (underWay !== attempt) return
    underWay = undefined
    if (!sameVersion(sets.of(node)?.version, wanted.version)) wake()
  }

  const isCurrent = (wanted: NodeSet): Promise<boolean> => sets.isCurrent(node, wanted.version, signal).catch(() => true)

  return {
    wake,
    inventory(items) {
      known = new Map(items.map((item) => [item.key, item]))
      base = undefined
      underWay = undefined
      wake()
    },
    held(version) {
      acknowledged = version
      if (sent !== undefined && sameVersion(sent.version, version)) {
        known = sent.items
        base = version
        underWay = undefined
      }
      wake()
    },
    refused(generation) {
      if (underWay?.wanted.version.generation !== generation) return
      underWay = undefined
      known = undefined
      base = undefined
    },
    get acknowledged() {
      return acknowledged
    },
  }
}
