import { PiccoloError } from '../errors/index.js'
import type { Clock, Logger, Random } from '../spi/index.js'
import { jitteredMs, sleep } from '../waiting/index.js'

interface Attempts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** For logs. */
  readonly what: string
  readonly pace: { readonly initialMs: number; readonly capMs: number }
  readonly onTrouble: (reason: string) => void
}

/** Tries until it works, as a disk that is full may have room later. False: the signal aborted first. */
export async function untilDone(attempt: () => Promise<void>, { clock, random, logger, what, pace, onTrouble }: Attempts, signal: AbortSignal): Promise<boolean> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await attempt()
      return true
    } catch (cause) {
      const { code, message: reason } = PiccoloError.from(cause)
      logger[failures === 0 ? 'warn' : 'debug']({ what, code, reason }, 'something could not be done yet; it is tried again')
      onTrouble(reason)
      await sleep(clock, jitteredMs(failures, pace, random), signal)
    }
  }
  return false
}
