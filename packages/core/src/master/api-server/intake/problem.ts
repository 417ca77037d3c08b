import { PiccoloError } from '../../../errors/index.js'

/** One thing wrong in one file. Lines and columns count from 1. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Where in the document, e.g. `spec.containers[0].image`; empty for the document itself. */
  readonly path: string
  /** What was expected. */
  readonly message: string
}

const mostShown = 50

/** An `invalid-manifest` error whose message names the first problem and whose details list them. */
export function manifestError(problems: readonly Problem[]): PiccoloError {
  const [first] = problems
  const place = first === undefined ? '' : placed(first)
  const rest = problems.length > 1 ? ` (and ${String(problems.length - 1)} more)` : ''
  return new PiccoloError('invalid-manifest', `${place}${rest}`, { details: { problems: problems.slice(0, mostShown) } })
}

/** `file:line:column: path: message`, which editors and terminals make a link of. */
export function placed({ file, line, column, path, message }: Problem): string {
  return `${file}:${String(line)}:${String(column)}: ${path === '' ? message : `${path}: ${message}`}`
}

/** `['spec', 'containers', 0]` → `spec.containers[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${String(part)}]` : index === 0 ? String(part) : `.${String(part)}`)).join('')
}
