import type { PiccoloError } from '@piccolo/core/spi'
import type { TextOutput } from './host.js'
import { paint } from './text/paint.js'
import { printable } from './text/printable.js'

/** Tells a person what went wrong, on standard error: `piccolo: message`, then a line for each further problem or hint. */
export async function reportError(error: PiccoloError, output: TextOutput): Promise<void> {
  const problems = manifestProblems(error.details['problems'])
  const lines = problems.length > 0
    ? [...problems, refused(problems.length)]
    : [`${paint(output, 'red', 'piccolo:')} ${printable(error.message)}`]
  const hint = hints[error.code]
  if (hint !== undefined) lines.push(hint)
  await output.write(lines.map((line) => `${line}\n`).join(''))
}

/** What to do is mostly in the message; these are the things it cannot know. */
const hints: Partial<Record<PiccoloError['code'], string>> = {
  internal: '  This is a defect. The master\'s log, or --log-level debug, may say more.',
  'deadline-exceeded': '  Look with `piccolo get` before you repeat it: it may have happened.',
}

function refused(count: number): string {
  return `piccolo: ${count === 1 ? 'one problem' : `${String(count)} problems`}; nothing was changed`
}

/** Problems with a place print as compilers do, so that editors jump to them. */
function manifestProblems(problems: unknown): readonly string[] {
  if (!Array.isArray(problems)) return []
  return problems.flatMap((problem: unknown) => {
    const { file, line, column, path, message, expected } = recordOf(problem)
    const words = message ?? expected
    if (typeof file !== 'string' || typeof line !== 'number' || typeof words !== 'string') return []
    const place = typeof column === 'number' ? `${file}:${String(line)}:${String(column)}` : `${file}:${String(line)}`
    return [printable(`${place}: ${typeof path === 'string' && path !== '' ? `${path}: ` : ''}${words}`)]
  })
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {} // an object's keys are strings
}
