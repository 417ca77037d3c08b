import type { CertificateAuthority } from '../spi/index.js'
import type { MasterContext } from './context.js'
import type { EventLog } from './event-log.js'
import { tables } from './tables.js'

/** Where the store has the key by which the authority is known. */
export const authorityId = 'authority'

/** Keeps in the store by which key the authority is known, and tells when that is another one than before. */
export async function rememberAuthority({ store, log }: Pick<MasterContext, 'store' | 'log'>, { publicKeyPin }: CertificateAuthority, signal: AbortSignal): Promise<void> {
  const { result, revision } = await store.update(async (reader) => {
    const before = (await tables.authority.get(reader, authorityId))?.value.pin
    if (before === publicKeyPin) return { mutations: [], result: [] }
    const kept = tables.authority.put(authorityId, { pin: publicKeyPin })
    if (before === undefined) return { mutations: [kept], result: [] }
    const { mutations, record } = changed(log, 'roll-authority', `The authority has another key. Join tokens pin ${publicKeyPin} now.`)
    return { mutations: [kept, ...mutations], result: [record] }
  }, { signal })
  if (revision !== undefined) log.announce(result, revision)
}

/** Tells that nobody is known by an earlier key any more. */
export async function tellOverlapEnded({ store, log }: Pick<MasterContext, 'store' | 'log'>, signal: AbortSignal): Promise<void> {
  const { mutations, record } = changed(log, 'end-overlap', 'Certificates of an earlier key of the authority count no longer: the overlap after a roll has ended.')
  const result = await store.commit({ mutations }, { signal })
  if (result.committed) log.announce([record], result.revision)
}

function changed(log: EventLog, operation: string, message: string) {
  const { mutation, record } = log.draft({ severity: 'warning', type: 'authority-changed', subject: 'cluster', message, fields: { security: true } })
  const audit = log.audit({ caller: { who: 'machine', source: 'master' }, operation, subject: 'cluster', outcome: 'done', reason: message })
  return { mutations: [mutation, audit], record }
}
