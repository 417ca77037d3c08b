import type { Outcome } from './suite.js'

export interface CaseResult {
  readonly id: string
  readonly title: string
  readonly outcome: Outcome | 'broken'
  /** What the case saw, when it is broken; what the adapter lacks, when it is not offered. */
  readonly reason?: string
}

/** What became of one suite over one adapter. */
export interface Certificate {
  readonly adapter: string
  readonly port: string
  readonly results: readonly CaseResult[]
  /** Whether no claim is broken. */
  readonly certified: boolean
}

const marks: Readonly<Record<CaseResult['outcome'], string>> = { holds: '✔', broken: '✘', 'not offered': '·' }

/** The certificate in Markdown: a line that sums it up, and a row for each claim. */
export function certificateTable({ adapter, port, results }: Certificate): string {
  const count = (wanted: CaseResult['outcome']): number => results.filter(({ outcome }) => outcome === wanted).length
  const [holds, broken, absent] = [count('holds'), count('broken'), count('not offered')]
  const sum = `**${port}** by \`${adapter}\`: ${holds} of ${holds + broken} claims hold${absent > 0 ? `; ${absent} more are about what it does not offer` : ''}.`
  const rows = results.map(({ id, title, outcome, reason }) => `| ${marks[outcome]} | \`${id}\` | ${cell(reason === undefined ? title : `${title} — ${reason}`)} |`)
  return [sum, '', '| | claim | what it says |', '|---|---|---|', ...rows, ''].join('\n')
}

function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
}
