import type { AssignedItem, HeldItem, SetDelta, SetVersion } from './assignment.js'

/** What has to travel so that a holder of `held` comes to hold `wanted`. */
export function deltaBetween(
  held: Iterable<HeldItem>,
  wanted: { readonly version: SetVersion; readonly items: Iterable<HeldItem> },
): { readonly target: SetVersion; readonly upserts: readonly HeldItem[]; readonly removals: readonly string[] } {
  const before = new Map([...held].map((item) => [item.key, item]))
  const upserts: HeldItem[] = []
  for (const item of wanted.items) {
    const old = before.get(item.key)
    before.delete(item.key)
    if (old?.digest !== item.digest || old.epoch !== item.epoch) upserts.push(item)
  }
  return { target: wanted.version, upserts, removals: [...before.keys()] }
}

/** The items after a delta; what `held` has and the delta does not name stays. */
export function applyDelta<Item extends HeldItem>(
  held: ReadonlyMap<string, Item>,
  delta: Pick<SetDelta, 'removals'> & { readonly upserts: readonly AssignedItem[] },
  adopt: (item: AssignedItem) => Item,
): Map<string, Item> {
  const after = new Map(held)
  for (const key of delta.removals) after.delete(key)
  for (const item of delta.upserts) after.set(item.key, adopt(item))
  return after
}
