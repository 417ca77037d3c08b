import type { TextOutput } from '../host.js'
import { paint } from '../text/paint.js'
import { printable } from '../text/printable.js'

/** Label and value, line by line; an undefined value leaves its line out. */
export function sheet(fields: readonly (readonly [label: string, value: string | undefined])[]): string {
  const given = fields.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [[label, value] as const]))
  const width = Math.max(0, ...given.map(([label]) => label.length)) + 2
  return given.map(([label, value]) => `${`${label}:`.padEnd(width)}${printable(value)}\n`).join('')
}

/** A titled part below a sheet; empty when there is nothing to say. */
export function section(output: Pick<TextOutput, 'colour'>, title: string, body: string): string {
  return body === '' ? '' : `\n${paint(output, 'bold', `${title}:`)}\n${body.replace(/^(?=.)/gm, '  ')}`
}
