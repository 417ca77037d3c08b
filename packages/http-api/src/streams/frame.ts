import { jsonText } from '../answers/json.js'
import type { ProblemDocument } from '../answers/problem.js'

/** Server-sent events, as the WHATWG's HTML standard defines their text. JSON never holds a raw line break, so one `data` line is enough. */
export const streamOpening = 'retry: 2000\n\n'
export const heartbeatFrame = ': still here\n\n'
/** An orderly end. A stream that ends without it was cut, and its reader may resume. */
export const endFrame = 'event: end\ndata: {}\n\n'

export function dataFrame(value: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${jsonText(value)}\n\n`
}

export function problemFrame(problem: ProblemDocument): string {
  return `event: problem\ndata: ${jsonText(problem)}\n\n`
}
