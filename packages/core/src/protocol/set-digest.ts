import type { HeldItem } from './assignment.js'

/** The digest of a set of assignments: SHA-256 over `key digest` lines in code-unit order of the keys. The empty set has one too. */
export function digestOfSet(items: Iterable<Pick<HeldItem, 'key' | 'digest'>>, sha256: (text: string) => string): string {
  const lines = [...items].map((item) => `${item.key} ${item.digest}\n`)
  return sha256(lines.sort(byCodeUnit).join(''))
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
