import { PiccoloError } from '../../../errors/index.js'
import type { Peer } from '../../../spi/index.js'
import { allowance } from '../access/allowance.js'
import { hostOf } from '../access/attempt-limits.js'
import type { FailedProofs } from '../access/failed-proofs.js'
import type { SecurityNews } from '../access/security-news.js'
import type { MasterContext } from '../../context.js'
import { tables } from '../../tables.js'

/** What a person should hear of: somebody tried to join and may not. */
const worthTelling: readonly PiccoloError['code'][] = ['unauthenticated', 'permission-denied', 'already-exists', 'revoked']

/** Strangers are worth a line of the log each, not a full disk. */
const strangersLogged = { burst: 10, everyMs: 30_000 }

export interface Attempt {
  /** What was tried: `enrolment` or `renewal`. */
  readonly what: 'enrolment' | 'renewal'
  readonly peer: Peer
  readonly error: unknown
  readonly tokenId?: string
}

/** Counts failed attempts to get in, and writes down why nodes were not let in: each reason once, then counted. */
export interface Refusals {
  record(attempt: Attempt): Promise<void>
}

export function refusals({ store, logger, clock }: Pick<MasterContext, 'store' | 'logger' | 'clock'>, { failures, news }: { readonly failures: FailedProofs; readonly news: SecurityNews }): Refusals {
  const mayLogStranger = allowance(clock, strangersLogged)

  return {
    async record({ what, peer: { address }, error, tokenId }) {
      if (!PiccoloError.is(error) || !(error.code === 'invalid-argument' || worthTelling.includes(error.code))) return
      await failures.count(address, 'attempts to join')
      // A request that proves nothing says nothing that a person should hear.
      if (error.code === 'invalid-argument') return
      const { message } = error
      try {
        // A refusal with a real token's id is worth keeping; without one it could fill the store from outside.
        if (tokenId === undefined || (await tables.tokens.get(store, tokenId)) === undefined) {
          if (mayLogStranger()) logger.warn({ ...(tokenId !== undefined && { token: tokenId }), address, reason: message }, `${what} refused`)
          return
        }
      } catch (trouble) {
        // The node is to hear why it was refused, not that this could not be written down.
        logger.warn({ address, reason: message, error: trouble }, 'a refusal could not be recorded')
        return
      }
      await news.refused({ type: `${what}-refused`, subject: `token/${tokenId}`, message, who: hostOf(address), source: address })
    },
  }
}
