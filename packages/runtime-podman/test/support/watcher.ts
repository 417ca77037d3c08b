import type { ContainerRuntime, RuntimeEvent } from '@piccolo/core/spi'

export interface Watcher {
  readonly events: RuntimeEvent[]
  /** The first event from now on that fits, and when it came. */
  next(fits: (event: RuntimeEvent) => boolean): Promise<{ readonly event: RuntimeEvent; readonly atMs: number }>
  stop(): Promise<void>
}

/** Watches until stopped, from after the first resync on. */
export async function watcher(runtime: ContainerRuntime): Promise<Watcher> {
  const controller = new AbortController()
  const events: RuntimeEvent[] = []
  const listeners = new Set<(event: RuntimeEvent) => void>()
  const next: Watcher['next'] = (fits) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing fitted within 20 s; seen: ${JSON.stringify(events.slice(-5))}`)), 20_000)
    const listener = (event: RuntimeEvent): void => {
      if (!fits(event)) return
      clearTimeout(timer)
      listeners.delete(listener)
      resolve({ event, atMs: performance.now() })
    }
    listeners.add(listener)
  })
  const first = next(() => true)
  const ended = (async () => {
    for await (const event of runtime.watch(controller.signal)) {
      events.push(event)
      for (const listener of [...listeners]) listener(event)
    }
  })()
  ended.catch(() => undefined)
  await first
  return {
    events, next,
    async stop() {
      controller.abort()
      await ended.catch(() => undefined)
    },
  }
}

export const phaseOf = (id: string, phase: string) => (event: RuntimeEvent): boolean =>
  event.type === 'changed' && event.container.id === id && event.container.phase === phase
