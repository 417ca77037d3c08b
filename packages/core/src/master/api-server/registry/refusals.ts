import { PiccoloError } from '../../../errors/index.js'
import type { Peer } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import type { EventDraft } from '../../event-log.js'
import type { Repeats } from '../../repeats.js'
import { tables } from '../../tables.js'
import { allowance } from '../access/allowance.js'

/** What a person should hear of: somebody tried to join and may not. */
const worthTelling: readonly PiccoloError['code'][] = ['unauthenticated', 'permission-denied', 'already-exists']

/** Strangers are worth a line of the log each, not a full disk. */
const strangersLogged = { burst: 10, everyMs: 30_000 }

/** Writes down why nodes were not let in. An agent whose token can't work tries again for ever: it is told once, then counted. */
export function refusals({ store, log, logger, clock }: MasterContext, repeats: Pick<Repeats, 'isNews'>): { record(error: unknown, tokenId: string, peer: Peer): Promise<void> } {
  const mayLogStranger = allowance(clock, strangersLogged)

  const tell = async (event: EventDraft): Promise<void> => {
    const { mutation, record } = log.draft(event)
    const result = await store.commit({ mutations: [mutation] })
    if (result.committed) log.announce([record], result.revision)
  }

  return {
    async record(error, tokenId, peer) {
      if (!PiccoloError.is(error) || !worthTelling.includes(error.code)) return
      const fields = { token: tokenId, address: peer.address, reason: error.message }
      try {
        // A refusal with a real token's id is worth keeping; without one it could fill the store from outside.
        if ((await tables.tokens.get(store, tokenId)) === undefined) {
          if (mayLogStranger()) logger.warn(fields, 'enrolment refused')
          return
        }
        const event: EventDraft = { severity: 'warning', type: 'enrolment-refused', subject: `token/${tokenId}`, message: error.message, fields: { source: peer.address } }
        if (!repeats.isNews(`enrolment-refused ${tokenId} ${error.code}`, event)) return
        logger.warn(fields, 'enrolment refused')
        await tell(event)
      } catch (trouble) {
        // The node is to hear why it was refused, not that this could not be written down.
        logger.warn({ ...fields, error: trouble }, 'a refusal could not be recorded')
      }
    },
  }
}
