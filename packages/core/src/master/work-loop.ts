import { PiccoloError } from '../errors/index.js'
import type { AdapterContext } from '../spi/index.js'
import { jitteredMs, sleep } from '../waiting/index.js'

/** Runs a step whenever somebody woke it, one at a time; a wake during a step leads to one more. */
export interface WorkLoop {
  wake(): void
  /** Resolves when the signal ended it; rejects with an error that another attempt can't mend. */
  readonly ended: Promise<void>
}

export interface WorkLoopOptions extends AdapterContext {
  readonly step: () => Promise<void>
  readonly signal: AbortSignal
}

/** Between attempts that failed for a reason which may pass. */
const retryDelay = { initialMs: 50, capMs: 5_000 }

export function workLoop({ step, signal, clock, random, logger }: WorkLoopOptions): WorkLoop {
  let dirty = false
  let wakeUp: () => void = () => undefined
  const wake = (): void => {
    dirty = true
    wakeUp()
  }
  signal.addEventListener('abort', wake, { once: true })

  const run = async (): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      if (!dirty) await new Promise<void>((resolve) => { wakeUp = resolve })
      if (signal.aborted) return
      dirty = false
      try {
        await step()
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        if (PiccoloError.is(error, 'too-large')) {
          // Harmful to nobody but what it is about, and mended by a person: it is looked at again when something has changed.
          logger.error({ reason: error.message }, 'work is more than the store takes; it waits for a change')
          continue
        }
        if (!PiccoloError.is(error) || (!error.retryable && error.code !== 'conflict')) throw error
        if (failures === 0) logger.warn({ code: error.code, reason: error.message }, 'work could not be done now; trying again')
        failures += 1
        dirty = true
        await sleep(clock, jitteredMs(failures, retryDelay, random), signal)
      }
    }
  }
  return { wake, ended: run() }
}
