/** The smallest sample that at least `share` of all samples do not exceed (nearest rank); no interpolation, so it was really seen. */
export function percentile(samples: readonly number[], share: number): number {
  const ordered = [...samples].sort((one, other) => one - other)
  const value = ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)]
  if (value === undefined) throw new RangeError('A percentile needs at least one sample.')
  return value
}

/** Rounded to what a clock on a busy machine can tell: a hundredth. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
