import type { Clock } from '../../../spi/index.js'
import { allowance } from './allowance.js'
import { hostOf, type AttemptLimits } from './attempt-limits.js'
import type { SecurityNews } from './security-news.js'

/** An outsider with many addresses makes us tell of so many lock-outs and no more. */
const lockOutsTold = { burst: 10, everyMs: 30_000 }

/** Counts failed proofs, and tells a person when an address is locked out for them. */
export interface FailedProofs {
  /** `attempts`, e.g. `attempts to join`, is how the event calls them. Never throws. */
  count(address: string, attempts: string): Promise<void>
}

export function failedProofs(clock: Clock, { limits, news }: { readonly limits: AttemptLimits; readonly news: SecurityNews }): FailedProofs {
  const mayTell = allowance(clock, lockOutsTold)
  return {
    async count(address, attempts) {
      const lockMs = limits.failed(address)
      if (lockMs === undefined || !mayTell()) return
      const host = hostOf(address)
      const message = `Too many ${attempts} from ${host} failed; those that prove nothing are turned away unheard for ${String(lockMs / 60_000)} min.`
      await news.refused({ type: 'source-locked-out', subject: `source/${host}`, message, who: host, source: address })
    },
  }
}
