import type { Bench, Measurement } from './bench.js'
import { percentile, rounded } from './statistics.js'

/** The last line of a run with --json. */
export interface BenchResult {
  readonly name: string
  readonly unit: string
  readonly n: number
  readonly p50: number
  readonly p99: number
  readonly budget: number
  readonly aim: number
  readonly details: Readonly<Record<string, number | string>>
}

export function resultOf(bench: Bench, { samples, details }: Measurement): BenchResult {
  return {
    name: bench.name,
    unit: bench.unit,
    n: samples.length,
    p50: rounded(percentile(samples, 0.5)),
    p99: rounded(percentile(samples, 0.99)),
    budget: bench.budget,
    aim: bench.aim,
    details: Object.fromEntries(Object.entries(details).map(([key, value]) => [key, typeof value === 'number' ? rounded(value) : value])),
  }
}

/** The same for people: the figures, and how they stand to what they are held against. */
export function tableOf(bench: Bench, result: BenchResult): string {
  const judged = result[bench.judgedBy]
  const verdict = judged <= bench.aim ? 'aim reached' : judged <= bench.budget ? 'within budget' : 'OVER BUDGET'
  const rows = [
    [`${bench.name} (${bench.about})`, ''],
    ['  p50', `${result.p50} ${bench.unit}`],
    ['  p99', `${result.p99} ${bench.unit}`],
    [`  budget, by ${bench.judgedBy}`, `${bench.budget} ${bench.unit}, aim ${bench.aim}: ${verdict}`],
    ['  repetitions', String(result.n)],
    ...Object.entries(result.details).map(([key, value]) => [`  ${key}`, String(value)]),
  ]
  return rows.map(([label = '', value = '']) => (value === '' ? label : `${label.padEnd(24)} ${value}`)).join('\n')
}
