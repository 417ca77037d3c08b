import { PiccoloError } from '../errors/index.js'
import type { AdapterContext, Authenticator, CertificateAuthority } from '../spi/index.js'
import type { StoreReader } from '../store/index.js'
import { authorityId } from './authority-news.js'
import type { Closer } from './closer.js'
import type { MasterOptions } from './master-options.js'
import { tables } from './tables.js'

export interface Auth {
  readonly authority: CertificateAuthority
  readonly authenticator: Authenticator
}

interface Opening {
  readonly adapterContext: AdapterContext
  readonly store: StoreReader
  readonly closing: Closer
  readonly signal: AbortSignal
}

/**
 * Opens the authority that the cluster's nodes trust, and no other: one that was founded by mistake, because a directory was forgotten or lost, would lock out
 * every node. Before taking office, so that a master that has none does not depose the one that has.
 */
export async function openAuth({ cluster, auth, newAuthority = false }: MasterOptions, { adapterContext, store, closing, signal }: Opening): Promise<Auth> {
  const authority = auth.authority(adapterContext)
  closing.add(() => authority.close())
  const pin = newAuthority ? undefined : (await tables.authority.get(store, authorityId, { signal }))?.value.pin
  try {
    await authority.open({ cluster, ...(pin !== undefined && { pin }) }, signal)
  } catch (error) {
    if (!PiccoloError.is(error, 'not-found')) throw error
    throw new PiccoloError('failed-precondition', `${error.message} Restore it from its newest backup. Without one, start once with newAuthority (--new-authority): every node has to join anew then.`, { cause: error })
  }
  return { authority, authenticator: auth.authenticator(adapterContext) }
}
