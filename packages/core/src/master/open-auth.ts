import { PiccoloError } from '../errors/index.js'
import type { AdapterContext, Authenticator, CertificateAuthority } from '../spi/index.js'
import type { StoreReader } from '../store/index.js'
import type { Closer } from './closer.js'
import type { MasterContext } from './context.js'
import type { MasterOptions } from './master-options.js'
import { tables } from './tables.js'

const id = 'authority'

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
  const pin = newAuthority ? undefined : (await tables.authority.get(store, id, { signal }))?.value.pin
  try {
    await authority.open({ cluster, ...(pin !== undefined && { pin }) }, signal)
  } catch (error) {
    if (!PiccoloError.is(error, 'not-found')) throw error
    throw new PiccoloError('failed-precondition', `${error.message} Restore it from its newest backup. Without one, start once with newAuthority (--new-authority): every node has to join anew then.`, { cause: error })
  }
  return { authority, authenticator: auth.authenticator(adapterContext) }
}

/** Keeps in the store by which key the authority is known, and tells when that is another one than before. */
export async function rememberAuthority({ store, log }: Pick<MasterContext, 'store' | 'log'>, { publicKeyPin }: CertificateAuthority, signal: AbortSignal): Promise<void> {
  const { result, revision } = await store.update(async (reader) => {
    const before = (await tables.authority.get(reader, id))?.value.pin
    if (before === publicKeyPin) return { mutations: [], result: [] }
    const kept = tables.authority.put(id, { pin: publicKeyPin })
    if (before === undefined) return { mutations: [kept], result: [] }
    const message = `The authority has another key. Join tokens pin ${publicKeyPin} now.`
    const event = log.draft({ severity: 'warning', type: 'authority-changed', subject: 'cluster', message, fields: { security: true } })
    const audit = log.audit({ caller: { who: 'machine', source: 'master' }, operation: 'roll-authority', subject: 'cluster', outcome: 'done', reason: message })
    return { mutations: [kept, event.mutation, audit], result: [event.record] }
  }, { signal })
  if (revision !== undefined) log.announce(result, revision)
}
