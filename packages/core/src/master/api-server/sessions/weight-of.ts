/** What anything takes beside its text, roughly. */
const overhead = 32

/** About how many bytes of memory a message takes. What a node sends has no other bound than the transport's, and many of them may wait. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return overhead + value.length * 2
  if (value instanceof Uint8Array) return overhead + value.byteLength
  if (typeof value !== 'object' || value === null) return overhead
  return Object.entries(value).reduce((sum, [name, inside]) => sum + overhead + name.length + weightOf(inside), overhead)
}
