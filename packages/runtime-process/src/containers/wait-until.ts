import { watch } from 'node:fs'
import { PiccoloError, throwIfAborted, type Clock } from '@piccolo/core/spi'

/** A supervisor that is killed changes no file: while somebody waits, and only then, the processes are looked at too. */
const lookMs = 100

export interface Waiting {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly withinMs: number
}

/** Looks whenever something changes in the folder; answers whether it came true in time. Throws `aborted`. */
export async function waitUntil(folder: string, isTrue: () => Promise<boolean>, { clock, signal, withinMs }: Waiting): Promise<boolean> {
  throwIfAborted(signal)
  const deadlineMs = clock.monotonicMs() + withinMs
  let wake = (): void => undefined
  const onChange = (): void => wake()
  const watcher = watch(folder, onChange)
  watcher.on('error', onChange)
  signal.addEventListener('abort', onChange)
  try {
    for (;;) {
      // Armed before the look: a change during it is not lost.
      let cancel = (): void => undefined
      const changed = new Promise<void>((resolve) => {
        wake = resolve
        cancel = clock.schedule(Math.min(lookMs, Math.max(1, deadlineMs - clock.monotonicMs())), resolve)
      })
      try {
        if (await isTrue()) return true
        if (clock.monotonicMs() >= deadlineMs) return false
        await changed
      } finally {
        cancel()
      }
      if (signal.aborted) throw new PiccoloError('aborted', 'The operation was aborted.', { cause: signal.reason })
    }
  } finally {
    signal.removeEventListener('abort', onChange)
    watcher.close()
  }
}
