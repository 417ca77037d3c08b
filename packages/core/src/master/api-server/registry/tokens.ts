import { PiccoloError } from '../../../errors/index.js'
import type { TokenRecord } from '../../../model/records/index.js'
import { nameSchema } from '../../../model/index.js'
import type { CertificateAuthority, Caller, TokenRequest, TokenView } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import { whoOf } from '../../event-log.js'
import { tables } from '../../tables.js'
import { isRange } from './address-range.js'
import { hashSecret, mintToken } from './join-token.js'

const defaultLifeMs = 15 * 60_000
const longestLifeMs = 24 * 3_600_000
const mostAddresses = 32

export interface TokenCreation extends TokenRequest {
  readonly authority: CertificateAuthority
  readonly caller: Caller
  readonly signal: AbortSignal
}

/** Makes a join token. Its secret is in the answer only: the store keeps a hash. */
export async function createToken(context: MasterContext, { authority, caller, signal, ...request }: TokenCreation) {
  const { store, log, clock, random, digest } = context
  const { validForMs = defaultLifeMs, nodeId, type, role, labels, addresses } = request
  if (!(validForMs > 0 && validForMs <= longestLifeMs)) throw new PiccoloError('invalid-argument', 'A join token is valid for more than 0 and at most 24 hours.')
  if (nodeId !== undefined && !nameSchema.safeParse(nodeId).success) throw new PiccoloError('invalid-argument', `"${nodeId.slice(0, 80)}" can't be a node id; use letters, digits, "-", "_" or ".".`)
  if (addresses !== undefined && (addresses.length === 0 || addresses.length > mostAddresses)) throw new PiccoloError('invalid-argument', `A join token is bound to 1 to ${String(mostAddresses)} addresses, or to none at all.`)
  const unfit = addresses?.find((address) => !isRange(address))
  if (unfit !== undefined) throw new PiccoloError('invalid-argument', `"${unfit.slice(0, 80)}" is neither an address nor a range; write e.g. 10.0.7.21, 10.0.7.0/24 or fd00::/8.`)
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
    ...(addresses !== undefined && { addresses: [...addresses] }),
  }
  await store.commit({ mutations: [tables.tokens.put(id, record), log.audit({ caller, operation: 'createToken', subject: `token/${id}`, outcome: 'done' })] }, { signal })
  return { token: text, id, expiresAtMs }
}

/** What may be shown of it. */
export function tokenView({ id, createdAtMs, expiresAtMs, nodeId, type, role, labels, addresses, used, revoked }: TokenRecord, nowMs: number): TokenView {
  return {
    id,
    state: used !== undefined ? 'used' : revoked !== undefined ? 'revoked' : expiresAtMs <= nowMs ? 'expired' : 'open',
    createdAtMs,
    expiresAtMs,
    ...(nodeId !== undefined && { nodeId }),
    ...(type !== undefined && { type }),
    ...(role !== undefined && { role }),
    ...(labels !== undefined && { labels }),
    ...(addresses !== undefined && { addresses }),
    ...(used !== undefined && { usedBy: used.nodeId, usedAtMs: used.atMs }),
  }
}

/** Nobody can join with it any more. */
export async function revokeToken({ store, log, clock }: MasterContext, { id, caller, signal }: { readonly id: string; readonly caller: Caller; readonly signal: AbortSignal }): Promise<void> {
  await store.update(async (reader) => {
    const token = (await tables.tokens.get(reader, id))?.value
    if (token === undefined) throw new PiccoloError('not-found', `There is no join token "${id.slice(0, 80)}"; "piccolo get tokens" shows those there are.`)
    return { mutations: [tables.tokens.put(id, { ...token, revoked: { atMs: clock.wallMs(), by: whoOf(caller) } }), log.audit({ caller, operation: 'revokeToken', subject: `token/${id}`, outcome: 'done' })], result: undefined }
  }, { signal })
}
