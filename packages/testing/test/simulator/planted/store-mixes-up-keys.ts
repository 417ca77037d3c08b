import type { PlantedBug } from './planted-bug.js'
import { changedRecord, tamperedStore } from './store-values.js'

/** Gives every node that joins the key of the first one. */
function withTheFirstKey(): (key: string, value: Uint8Array) => Uint8Array {
  let first: unknown
  return (key, value) => (key.startsWith('nodes/') ? changedRecord(value, (record) => {
    const { keys } = record
    if (!Array.isArray(keys) || keys.length === 0) return record
    first ??= keys[0]
    return { ...record, keys: [first] }
  }) : value)
}

export const storeMixesUpKeys: PlantedBug = {
  does: 'the store keeps the key of one node as that of another',
  caughtBy: 'one identity per key',
  seed: 1,
  parts: { master: (usual) => ({ ...usual, store: tamperedStore(usual.store, { written: withTheFirstKey() }) }) },
}
