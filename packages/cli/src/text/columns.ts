import type { TextOutput } from '../host.js'
import { paint, type Style } from './paint.js'
import { printable } from './printable.js'

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly style?: (row: Row) => Style | undefined
  /** Shown with `-o wide` only. */
  readonly wide?: boolean
  /** May be cut to fit the terminal; names and states are not. */
  readonly elastic?: boolean
}

const gap = '  '
const narrowest = 8

/** A table of aligned columns that fits the terminal, if there is one. Nothing is cut when programs read it. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], output: Pick<TextOutput, 'width' | 'colour'>): string {
  const cells = rows.map((row) => columns.map(({ value }) => printable(value(row))))
  const natural = columns.map(({ title }, column) => Math.max(...[title, ...cells.map((line) => line[column] ?? '')].map(length)))
  const widths = fit(natural, columns.map(({ elastic = false }) => elastic), output.width)
  const line = (texts: readonly string[], style: (column: number) => Style | undefined): string => (
    texts.map((text, column) => {
      const width = widths[column] ?? 0
      const shown = cut(text, width)
      const padding = column === texts.length - 1 ? '' : ' '.repeat(width - length(shown))
      return paint(output, style(column), shown) + padding
    }).join(gap).trimEnd()
  )
  const lines = rows.map((row, index) => line(cells[index] ?? [], (column) => columns[column]?.style?.(row)))
  return [line(columns.map(({ title }) => title), () => 'bold'), ...lines].map((text) => `${text}\n`).join('')
}

/** Takes what is too much from the widest elastic column, again and again. */
function fit(natural: readonly number[], elastic: readonly boolean[], width: number | undefined): readonly number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1) - (width ?? Infinity)
  while (excess > 0) {
    const candidates = widths.map((each, column) => (elastic[column] === true && each > narrowest ? each : 0))
    const widest = Math.max(...candidates)
    if (widest === 0) return widths
    widths[candidates.indexOf(widest)] = widest - 1
    excess -= 1
  }
  return widths
}

function cut(text: string, width: number): string {
  return length(text) <= width ? text : `${Array.from(text).slice(0, width - 1).join('')}…`
}

function length(text: string): number {
  return Array.from(text).length
}
