import { PiccoloError } from '../errors/index.js'

/** An object with this one member stands for a bigint; with more dollars in front, for itself with one dollar less. */
const mark = /^\$+bigint$/

/**
 * The one JSON text of a value: members in code-unit order, no white space, `undefined` members left out. Equal values have
 * equal texts, so a digest over it names the value. A bigint becomes `{"$bigint":"123"}` and {@link parseCanonicalJson} turns
 * it back; a plain object of that shape is escaped and comes back as it was.
 * Throws `invalid-argument` for what JSON can't carry: NaN, infinities, functions, symbols, class instances, cycles.
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, [])
}

/** Reads what {@link canonicalJson} wrote, and any other JSON. Throws `invalid-argument` for text that is not JSON. */
export function parseCanonicalJson(text: string): unknown {
  try {
    // The marks are rare: without one in the text, nothing needs reviving.
    return text.includes('bigint"') ? JSON.parse(text, (_key, value: unknown) => revived(value)) : JSON.parse(text)
  } catch (error) {
    throw new PiccoloError('invalid-argument', `Not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function textOf(value: unknown, parents: readonly object[]): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (typeof value === 'bigint') return `{"$bigint":"${value}"}`
  if (typeof value === 'object') {
    if (parents.includes(value)) throw new PiccoloError('invalid-argument', 'A value that contains itself has no JSON text.')
    if (Array.isArray(value)) return `[${value.map((item: unknown) => textOf(item, [...parents, value])).join(',')}]`
    if (isPlain(value)) return objectText(value, [...parents, value])
  }
  throw new PiccoloError('invalid-argument', `JSON can't carry ${describe(value)}.`)
}

function objectText(value: object, parents: readonly object[]): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const [only] = members
  const escape = members.length === 1 && only !== undefined && mark.test(only[0]) ? '$' : ''
  return `{${members.map(([name, member]) => `${JSON.stringify(escape + name)}:${textOf(member, parents)}`).join(',')}}`
}

function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const [only, ...others] = Object.entries(value) as [string, unknown][]
  if (only === undefined || others.length > 0 || !mark.test(only[0])) return value
  const [name, content] = only
  if (name !== '$bigint') return { [name.slice(1)]: content }
  return typeof content === 'string' && /^-?\d+$/.test(content) ? BigInt(content) : value
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value)
  return typeof value === 'object' ? `an instance of ${value?.constructor.name ?? 'nothing'}` : `a value of type ${typeof value}`
}
