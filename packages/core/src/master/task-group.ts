import type { Closer } from './closer.js'
import { newLife } from '../system/index.js'

/** The loops of one master, and the signal that ends them all. */
export interface TaskGroup {
  readonly signal: AbortSignal
  /** Its failure is heard even if it comes before the start is over. */
  add(task: { readonly ended: Promise<void> }): void
  /** Resolves when all have ended, rejects with the first failure. */
  all(): Promise<unknown>
  /** From now on an abort of the start does nothing any more. */
  started(): void
}

/** Ends its tasks, and waits for them, when `closing` closes or the start is aborted. */
export function taskGroup(closing: Closer, start: AbortSignal): TaskGroup {
  const ending = newLife()
  const tasks: Promise<void>[] = []
  const giveUp = (): void => { ending.abort() }
  const started = (): void => { start.removeEventListener('abort', giveUp) }
  start.addEventListener('abort', giveUp, { once: true })
  closing.add(async () => {
    started()
    ending.abort()
    await Promise.allSettled(tasks)
  })
  return {
    signal: ending.signal,
    add({ ended }) {
      ended.catch(() => undefined)
      tasks.push(ended)
    },
    all: () => Promise.all(tasks),
    started,
  }
}
