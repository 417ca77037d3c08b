/** Protocol versions a side speaks, inclusive. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** What this code speaks. */
export const protocolVersions: VersionRange = { min: 1, max: 1 }

/** The highest version both sides speak, or undefined. */
export function commonVersion(a: VersionRange, b: VersionRange): number | undefined {
  const highest = Math.min(a.max, b.max)
  return highest >= Math.max(a.min, b.min) ? highest : undefined
}
