import { PiccoloError } from '../errors/index.js'
import type { Authenticator, CertificateAuthority } from '../spi/index.js'
import type { Closer } from './closer.js'
import type { MasterContext } from './context.js'
import type { MasterOptions } from './master-options.js'
import { tables } from './tables.js'

const id = 'authority'
/** Keys remembered: more rolls than any backup of an authority is behind. */
const mostPins = 16

export interface Auth {
  readonly authority: CertificateAuthority
  readonly authenticator: Authenticator
}

/**
 * Opens the authority that the cluster's nodes trust, and no other: one that was founded by mistake, because a directory was forgotten or lost, would lock out
 * every node.
 */
export async function openAuth({ auth, newAuthority = false }: Pick<MasterOptions, 'auth' | 'newAuthority'>, context: MasterContext, { closing, signal }: { readonly closing: Closer; readonly signal: AbortSignal }): Promise<Auth> {
  const { clock, random, logger, cluster, store } = context
  const authority = auth.authority({ clock, random, logger })
  closing.add(() => authority.close())
  const pins = newAuthority ? [] : (await tables.authority.get(store, id, { signal }))?.value.pins ?? []
  try {
    await authority.open({ cluster, ...(pins.length > 0 && { pins }) }, signal)
  } catch (error) {
    if (!PiccoloError.is(error, 'not-found')) throw error
    throw new PiccoloError('failed-precondition', `${error.message} Restore it from a backup. Without one, start once with newAuthority (--new-authority): every node has to join anew then.`, { cause: error })
  }
  await rememberAuthority(context, authority, { signal, forgetsOthers: newAuthority })
  return { authority, authenticator: auth.authenticator({ clock, random, logger }) }
}

/** Keeps in the store by which key the authority is known, and tells when that is another one than before. Answers whether it is. */
export async function rememberAuthority({ store, log }: Pick<MasterContext, 'store' | 'log'>, { publicKeyPin }: CertificateAuthority, { signal, forgetsOthers = false }: { readonly signal: AbortSignal; readonly forgetsOthers?: boolean }): Promise<boolean> {
  const { result, revision } = await store.update(async (reader) => {
    const before = (await tables.authority.get(reader, id))?.value.pins ?? []
    if (before[0] === publicKeyPin) return { mutations: [], result: [] }
    const others = forgetsOthers ? [] : before.filter((pin) => pin !== publicKeyPin)
    const kept = tables.authority.put(id, { pins: [publicKeyPin, ...others].slice(0, mostPins) })
    if (before.length === 0) return { mutations: [kept], result: [] }
    const message = `The authority has another key. Join tokens pin ${publicKeyPin} now.`
    const event = log.draft({ severity: 'warning', type: 'authority-changed', subject: 'cluster', message, fields: { security: true } })
    const audit = log.audit({ caller: { who: 'machine', source: 'master' }, operation: 'roll-authority', subject: 'cluster', outcome: 'done', reason: message })
    return { mutations: [kept, event.mutation, audit], result: [event.record] }
  }, { signal })
  if (revision !== undefined) log.announce(result, revision)
  return result.length > 0
}
