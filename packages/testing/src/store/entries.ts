import { compareKeys, type StoreChange, type StoreEntry } from '@piccolo/core/spi'

/** Index of the first of these sorted keys that is not before `key`. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(keys[middle] ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

export function keyOf(change: StoreChange): string {
  return change.type === 'put' ? change.entry.key : change.key
}

/** Copies, because a caller may write into the bytes it got. */
export function copied(entry: StoreEntry): StoreEntry {
  return { ...entry, value: entry.value.slice() }
}

export function copiedChange(change: StoreChange): StoreChange {
  return change.type === 'put' ? { type: 'put', entry: copied(change.entry) } : change
}
