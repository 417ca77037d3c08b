import type { Mutation } from '../spi/index.js'
import { officeKey, type Store } from './store.js'

/**
 * Writes `cluster/office` (its content is the caller's), whoever held it before, and hands back the store fenced by the
 * new term: from here on every commit of an earlier holder fails. Throws `conflict` when others keep taking it.
 */
export async function takeOffice(store: Store, office: Extract<Mutation, { type: 'put' }>): Promise<Store> {
  const { revision } = await store.update(async (reader) => {
    await reader.get(officeKey)
    return { mutations: [{ ...office, key: officeKey }], result: undefined }
  })
  return revision === undefined ? store : store.inOffice(revision)
}
