export interface Unstorable {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** What YAML can say and JSON can't, the form in which documents are kept. A value that several aliases share is looked at once. */
export function unstorableValues(root: unknown): readonly Unstorable[] {
  const found: Unstorable[] = []
  const seen = new Set<object>()
  const around = new Set<object>()
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value === 'number' && !Number.isFinite(value)) found.push({ path, message: `expected a finite number, found ${String(value)}` })
    if (typeof value !== 'object' || value === null) return
    if (around.has(value)) found.push({ path, message: 'expected a value that does not contain itself' })
    if (seen.has(value)) return
    seen.add(value)
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) {
      found.push({ path, message: `expected text, a number, a list or a mapping, found a ${value.constructor.name}; put it in quotes` })
      return
    }
    around.add(value)
    for (const [key, member] of Object.entries(value)) visit(member, [...path, Array.isArray(value) ? Number(key) : key])
    around.delete(value)
  }
  visit(root, [])
  return found
}
