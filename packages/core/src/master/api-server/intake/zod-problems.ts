import type * as z from 'zod'

export interface SchemaProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** Zod's issues as paths and sentences that begin with what was expected. */
export function schemaProblems(error: z.ZodError): readonly SchemaProblem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'expected no such field' }))
    return [{ path: issue.path, message: expectation(issue) }]
  })
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('expected')) return issue.message
  if (issue.code === 'invalid_key') return issue.issues[0] === undefined ? 'expected another key' : expectation(issue.issues[0])
  if (issue.code === 'invalid_type') return `expected ${issue.expected}, found ${kindOf(issue.input)}`
  if (issue.code === 'invalid_value') return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}, found ${shown(issue.input)}`
  if (issue.code === 'invalid_union') {
    const kinds = issue.errors.flat().flatMap((each) => (each.code === 'invalid_type' ? [each.expected] : []))
    if (kinds.length > 0) return `expected ${[...new Set(kinds)].join(' or ')}, found ${kindOf(issue.input)}`
  }
  return `expected something else: ${issue.message.replace(/^Invalid input: /, '')}`
}

function kindOf(input: unknown): string {
  if (input === undefined) return 'nothing'
  if (input === null) return 'null'
  return Array.isArray(input) ? 'a list' : `${typeof input} ${shown(input)}`
}

function shown(input: unknown): string {
  if (input === undefined) return 'nothing'
  if (typeof input === 'object' && input !== null) return Array.isArray(input) ? 'a list' : 'a mapping'
  const text = typeof input === 'string' ? JSON.stringify(input) : `${input as number | boolean | bigint}` // nothing else comes out of YAML
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text
}
