import { PiccoloError } from '../errors/index.js'
import type { Revision } from '../spi/index.js'

/** What a master is told, by its commits or by watching its office, once another one has taken it. */
export function termLost(term: Revision): PiccoloError {
  return new PiccoloError('failed-precondition', 'Another master has taken office over this store; this one must stop. Run one master for each store.', {
    details: { reason: 'term-lost', term: String(term) },
  })
}
