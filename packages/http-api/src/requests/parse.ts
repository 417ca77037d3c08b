import { PiccoloError } from '@piccolo/core/spi'
import type * as z from 'zod'

const mostShown = 20

/** Parses a JSON text, then checks it. `where` names the input in messages, e.g. `body`. */
export function parseJson<Schema extends z.ZodType>(schema: Schema, text: string, where: string): z.output<Schema> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? `: ${error.message.slice(0, 200)}` : ''
    throw new PiccoloError('invalid-argument', `The ${where} is not valid JSON${reason}`, { cause: error })
  }
  return parse(schema, value, where)
}

export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, mostShown).map(({ path, message }) => ({ path: pathText(where, path), message }))
  const [first] = problems
  const rest = result.error.issues.length > 1 ? ` (and ${String(result.error.issues.length - 1)} more)` : ''
  throw new PiccoloError('invalid-argument', `${first?.path ?? where}: ${first?.message ?? 'is not as expected'}${rest}`, { details: { problems } })
}

/** `body`, `['files', 0, 'name']` → `body.files[0].name`. */
function pathText(where: string, path: readonly PropertyKey[]): string {
  return where + path.map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`)).join('')
}
