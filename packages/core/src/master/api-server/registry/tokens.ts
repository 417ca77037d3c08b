import { PiccoloError } from '../../../errors/index.js'
import { nameSchema } from '../../../model/index.js'
import type { CertificateAuthority, Caller, TokenRequest } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import { tables } from '../../tables.js'
import { hashSecret, mintToken } from './join-token.js'

const defaultLifeMs = 15 * 60_000
const longestLifeMs = 24 * 3_600_000

export interface TokenCreation extends TokenRequest {
  readonly authority: CertificateAuthority
  readonly caller: Caller
  readonly signal: AbortSignal
}

/** Makes a join token. Its secret is in the answer only: the store keeps a hash. */
export async function createToken(context: MasterContext, { authority, caller, signal, ...request }: TokenCreation) {
  const { store, log, clock, random, digest } = context
  const { validForMs = defaultLifeMs, nodeId, type, role, labels } = request
  if (!(validForMs > 0 && validForMs <= longestLifeMs)) throw new PiccoloError('invalid-argument', 'A join token is valid for more than 0 and at most 24 hours.')
  if (nodeId !== undefined && !nameSchema.safeParse(nodeId).success) throw new PiccoloError('invalid-argument', `"${nodeId.slice(0, 80)}" can't be a node id; use letters, digits, "-", "_" or ".".`)
  const { id, secret, text } = mintToken(random, authority.publicKeyPin)
  const createdAtMs = clock.wallMs()
  const expiresAtMs = createdAtMs + validForMs
  const record = {
    id,
    secretHash: hashSecret(digest, { id, secret }),
    createdAtMs,
    expiresAtMs,
    ...(nodeId !== undefined && { nodeId }),
    ...(type !== undefined && { type }),
    ...(role !== undefined && { role }),
    ...(labels !== undefined && { labels }),
  }
  await store.commit({ mutations: [tables.tokens.put(id, record), log.audit({ caller, operation: 'create-token', subject: `token/${id}`, outcome: 'done' })] }, { signal })
  return { token: text, id, expiresAtMs }
}
