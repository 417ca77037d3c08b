import { PiccoloError } from '../../../errors/index.js'
import type { Authenticator, Door } from '../../../spi/index.js'
import { hostOf, type AttemptLimits } from './attempt-limits.js'
import type { FailedProofs } from './failed-proofs.js'
import type { PeopleTrail } from './people-trail.js'
import type { SecurityNews } from './security-news.js'

interface DoorNeeds {
  readonly limits: AttemptLimits
  readonly failures: FailedProofs
  readonly news: SecurityNews
  readonly people: PeopleTrail
}

/** Lets people and programs in who prove themselves, and counts those who do not. */
export function door(authenticator: Authenticator, { limits, failures, news, people }: DoorNeeds): Door {
  return {
    async admit(proof, source, signal) {
      const principal = await authenticator.authenticate(proof, signal)
      if (principal !== undefined) {
        // A change counts with its first use; by then it is written down.
        await people.catchUpFor(principal, signal)
        return principal
      }
      limits.refuseLockedOut(source)
      await people.tryToCatchUp(signal)
      const host = hostOf(source)
      const what = proof.type === 'bearer' ? 'This token is' : 'This certificate is'
      const error = new PiccoloError('unauthenticated', `${what} not known here. It may have been taken back, or belong to another cluster.`)
      await news.refused({ type: 'access-refused', subject: `source/${host}`, message: error.message, who: host, source })
      await failures.count(source, 'proofs')
      throw error
    },
  }
}
