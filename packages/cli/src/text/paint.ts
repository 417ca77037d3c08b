import { styleText } from 'node:util'
import type { TextOutput } from '../host.js'

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'gray' | 'bold'

export function paint(output: Pick<TextOutput, 'colour'>, style: Style | undefined, text: string): string {
  // Whether there are colours was decided once, for this output: styleText is not to look for itself.
  return output.colour && style !== undefined ? styleText(style, text, { validateStream: false }) : text
}
