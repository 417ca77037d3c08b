import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Cancel, Logger } from '@piccolo/core/spi'
import { systemDisk } from '@piccolo/core/system'

/** systemd's time service touches it whenever it has set the clock or found it right. */
const timeServiceMark = '/run/systemd/timesync/synchronized'
/** A clock that went on evenly since it was right is right still: the mark is touched twice an hour, and a word about it each time would be written down. */
const evenMs = 5_000

export interface VouchOptions {
  readonly clockIsRight: () => void
  readonly nowMs: () => number
  readonly logger: Logger
  /** Default: the mark of systemd's time service. It may be missing, as may the folder that it is in. */
  readonly mark?: string
}

/** Vouches for the machine's clock as often as its time service has set it, until cancelled. */
export function vouchForClock({ clockIsRight, nowMs, logger, mark = timeServiceMark }: VouchOptions): Cancel {
  const offsetMs = (): number => nowMs() - performance.now()
  let vouchedAt: number | undefined
  const look = (): void => {
    if (!existsSync(mark)) return
    const at = offsetMs()
    if (vouchedAt !== undefined && Math.abs(at - vouchedAt) < evenMs) return
    vouchedAt = at
    clockIsRight()
  }
  look()
  try {
    return systemDisk(dirname(mark)).watch(basename(mark), look)
  } catch (error) {
    logger.warn({ error, mark }, 'the time service cannot be watched: the clock is believed as it was at the start')
    return () => undefined
  }
}
