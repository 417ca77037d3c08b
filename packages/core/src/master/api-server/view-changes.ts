import type { Clock } from '../../spi/index.js'
import { sleep } from '../../waiting/index.js'
import type { View } from '../views.js'

const shortestMs = 100

/** Wakes after any of the views changed, at most ten times a second: several changes at once are one wake. */
export async function* viewChanges(views: readonly Pick<View<unknown>, 'subscribe'>[], clock: Clock, signal: AbortSignal): AsyncIterable<void> {
  let changed = false
  let wake: () => void = () => undefined
  const note = (): void => {
    changed = true
    wake()
  }
  const cancels = views.map((view) => view.subscribe(note))
  signal.addEventListener('abort', note)
  try {
    while (!signal.aborted) {
      if (!changed) await new Promise<void>((resolve) => { wake = resolve })
      if (signal.aborted) return
      changed = false
      yield
      await sleep(clock, shortestMs, signal)
    }
  } finally {
    signal.removeEventListener('abort', note)
    for (const cancel of cancels) cancel()
  }
}
