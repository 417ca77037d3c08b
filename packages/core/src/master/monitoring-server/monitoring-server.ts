import { PiccoloError } from '../../errors/index.js'
import type { Readiness, Timings } from '../../protocol/index.js'
import type { Cancel, Mutation, NodePhase, Precondition } from '../../spi/index.js'
import type { MasterContext } from '../context.js'
import type { EventLog } from '../event-log.js'
import { partsOf } from '../parts-of.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import { workLoop } from '../work-loop.js'
import { judge, type Signs } from './judge.js'

/** Watches for signs of life and records what changes: transitions only, never a beat. */
export interface MonitoringServer {
  sessionOpened(node: string, timings: Timings): void
  beat(node: string, beat: { readonly echoed: boolean; readonly loopAgeMs: number }): void
  readiness(node: string, readiness: Readiness): void
  resynced(node: string): void
  sessionClosed(node: string): void
  /** The node's last readiness of the session that is open. */
  readinessOf(node: string): Readiness | undefined
  readonly ended: Promise<void>
}

export interface MonitoringOptions {
  /** For nodes that have not said hello since this master's start. */
  readonly timingsOf: (node: string) => Timings
  /** Nobody is called lost for so long after the master's own start. */
  readonly startGraceMs: number
  readonly signal: AbortSignal
}

/** The fence of the term. */
const fixedOperations = 1
/** A node's liveness, as it was and as it is, and an event. */
const operationsAChange = 3

interface Change {
  readonly precondition: Precondition
  readonly mutation: Mutation
  readonly event: ReturnType<EventLog['draft']> | undefined
}

export function monitoringServer(context: MasterContext, views: Pick<Views, 'nodes' | 'liveness' | 'caughtUpWith'>, options: MonitoringOptions): MonitoringServer {
  const { clock, random, logger, store, log } = context
  const { signal, timingsOf, startGraceMs } = options
  const startedMs = clock.monotonicMs()
  const changesACommit = Math.max(1, Math.floor((store.capabilities.maxCommitOperations - fixedOperations) / operationsAChange))
  const signs = new Map<string, Signs>()
  const looks = new Map<string, Cancel>()
  const dirty = new Set<string>()

  const fresh = (node: string): Signs => ({
    connected: false, beats: 0, echoed: false, loopAgeMs: 0, resynced: false, readiness: undefined, openedMs: startedMs, lastHeardMs: startedMs, timings: timingsOf(node),
  })
  const look = (node: string): void => {
    dirty.add(node)
    loop.wake()
  }
  const note = (node: string, change: Partial<Signs>): void => {
    signs.set(node, { ...(signs.get(node) ?? fresh(node)), ...change })
    look(node)
  }

  /** What several nodes have come to is written together: many may fall silent, or come back, at once. */
  const step = async (): Promise<void> => {
    const nodes = [...dirty]
    dirty.clear()
    try {
      const changes = nodes.flatMap((node) => (views.nodes.entries.has(node) ? judgeNode(node) : buryNode(node)) ?? [])
      for (const part of partsOf(changes, changesACommit)) await commit(part)
    } catch (error) {
      for (const node of nodes) dirty.add(node)
      throw error
    }
  }

  const judgeNode = (node: string): Change | undefined => {
    const stored = views.liveness.entries.get(node)
    const before: NodePhase = stored?.value.phase ?? 'pending'
    const nowMs = clock.monotonicMs()
    const { phase, reasons, nextLookMs } = judge(signs.get(node) ?? fresh(node), before, nowMs, startedMs + startGraceMs)
    looks.get(node)?.()
    if (nextLookMs !== undefined) looks.set(node, clock.schedule(nextLookMs - nowMs, () => { look(node) }))
    const sameReasons = reasons.join() === stored?.value.reasons.join() || phase === 'lost' || phase === 'disconnected'
    if (stored !== undefined && phase === before && sameReasons) return undefined
    const event = log.draft({
      severity: phase === 'ready' ? 'info' : phase === 'lost' ? 'critical' : 'warning',
      type: `node-${phase === 'notReady' ? 'not-ready' : phase}`,
      subject: `node/${node}`,
      node,
      message: reasons.join(' ') || `It is ${phase}.`,
    })
    return change(node, tables.liveness.put(node, { phase, reasons: [...reasons], sinceMs: clock.wallMs() }), stored === undefined && phase === 'pending' ? undefined : event)
  }

  /** A node that was taken out of the registry, which may come back as another one. */
  const buryNode = (node: string): Change | undefined => {
    forget(node)
    return views.liveness.entries.has(node) ? change(node, tables.liveness.delete(node)) : undefined
  }

  const change = (node: string, mutation: Mutation, event?: Change['event']): Change => {
    const before = views.liveness.entries.get(node)
    return { mutation, event, precondition: before === undefined ? tables.liveness.absent(node) : tables.liveness.unchanged(before) }
  }

  /** Lost means that the view is behind: looking again at once would only be lost again. */
  const commit = async (changes: readonly Change[]): Promise<void> => {
    const events = changes.flatMap(({ event }) => event ?? [])
    const mutations = [...changes.map(({ mutation }) => mutation), ...events.map(({ mutation }) => mutation)]
    const result = await store.commit({ preconditions: changes.map(({ precondition }) => precondition), mutations }, { signal })
    if (!result.committed) throw new PiccoloError('conflict', 'The liveness of a node has changed meanwhile; looking again.', { details: { keys: result.failedKeys } })
    await views.caughtUpWith([tables.liveness.prefix], result.revision, signal)
    log.announce(events.map(({ record }) => record), result.revision)
  }

  const forget = (node: string): void => {
    signs.delete(node)
    looks.get(node)?.()
    looks.delete(node)
  }

  const loop = workLoop({ step, signal, clock, random, logger })
  views.nodes.subscribe((ids) => { for (const id of ids) look(id) })
  for (const node of new Set([...views.nodes.entries.keys(), ...views.liveness.entries.keys()])) look(node)
  signal.addEventListener('abort', () => { for (const node of [...looks.keys()]) forget(node) }, { once: true })

  return {
    sessionOpened: (node, timings) => {
      note(node, { ...fresh(node), connected: true, timings, openedMs: clock.monotonicMs(), lastHeardMs: clock.monotonicMs() })
    },
    beat(node, { echoed, loopAgeMs }) {
      const now = signs.get(node) ?? fresh(node)
      const next: Signs = { ...now, beats: now.beats + 1, echoed: echoed || now.echoed, loopAgeMs, lastHeardMs: clock.monotonicMs() }
      signs.set(node, next)
      // At rest a beat changes nothing and must cost nothing: the timer of the last look finds it when it fires.
      const phase = views.liveness.entries.get(node)?.value.phase
      if (phase !== 'ready' || loopAgeMs > next.timings.suspectMs) look(node)
    },
    readiness: (node, readiness) => {
      note(node, { readiness, lastHeardMs: clock.monotonicMs() })
    },
    resynced(node) {
      if (signs.get(node)?.resynced !== true) note(node, { resynced: true })
    },
    sessionClosed: (node) => {
      note(node, { connected: false, resynced: false })
    },
    readinessOf: (node) => signs.get(node)?.readiness,
    ended: loop.ended,
  }
}
