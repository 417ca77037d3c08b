import type { ContainerPhase, ContainerRuntime, ContainerState, RuntimeEvent } from '@piccolo/core/spi'
import { within } from '../kit/within.js'
import type { ContainerRuntimeSubject } from './subject.js'

/** A watch kept running while a case acts. */
export interface Observation {
  readonly events: readonly RuntimeEvent[]
  /** What `pick` makes of the first event, counted from the beginning, of which it makes anything. */
  until<T>(what: string, pick: (event: RuntimeEvent) => T | undefined): Promise<T>
  untilPhase(id: string, phase: ContainerPhase): Promise<ContainerState>
  /** Resolves when the watch has ended, by itself or after `stop`; rejects when it failed. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Watches until stopped; resolves after the first event. */
export async function observe(subject: ContainerRuntimeSubject, runtime: ContainerRuntime = subject.runtime): Promise<Observation> {
  const controller = new AbortController()
  const events: RuntimeEvent[] = []
  const waiting = new Set<() => void>()
  const consume = async (): Promise<void> => {
    try {
      for await (const event of runtime.watch(controller.signal)) {
        events.push(event)
        for (const check of waiting) check()
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error
    }
  }
  const ended = consume()
  ended.catch(() => undefined) // whoever waits for `ended` sees it; for others an event misses its deadline

  const until = async <T>(what: string, pick: (event: RuntimeEvent) => T | undefined): Promise<T> => {
    let check = (): void => undefined
    const picked = new Promise<T>((resolve) => {
      check = () => {
        for (const event of events) {
          const value = pick(event)
          if (value !== undefined) return resolve(value)
        }
      }
      waiting.add(check)
      check()
    })
    try {
      return await within(subject, what, picked, () => `; seen: ${JSON.stringify(events)}`)
    } finally {
      waiting.delete(check)
    }
  }

  await until('a first event', (event) => event)
  return {
    events, until, ended,
    untilPhase: (id, phase) => until(`${phase} of ${id}`, (event) => statesOf(event).find((state) => state.id === id && state.phase === phase)),
    async stop() {
      controller.abort()
      await within(subject, 'an aborted watch ends', ended.catch(() => undefined))
    },
  }
}

function statesOf(event: RuntimeEvent): readonly ContainerState[] {
  if (event.type === 'resync') return event.containers
  return event.type === 'changed' ? [event.container] : []
}
