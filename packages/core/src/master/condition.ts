import type { Condition } from '../model/index.js'
import type { SignalValue } from '../spi/index.js'

/** The signal that a condition is about, under the name that sources give it. */
export function signalOf({ operands: { value: topic, name: field } }: Condition): string {
  return field === '' ? topic : `${topic}#${field}`
}

/**
 * Whether the condition holds of a value; never of none. To be equal, text must be the same text; in all else what reads as a number counts as one.
 */
export function holds({ express, value: expected }: Condition, actual: SignalValue | undefined): boolean {
  if (actual === undefined) return false
  if (express === 'eq' && typeof actual === 'string') return actual === expected
  const [left, right] = [numberOf(actual), numberOf(expected)]
  if (left === undefined || right === undefined) return express === 'eq' && String(actual) === expected
  switch (express) {
    case 'eq':
      return left === right
    case 'lt':
      return left < right
    case 'le':
      return left <= right
    case 'ge':
      return left >= right
    case 'gt':
      return left > right
  }
}

/** `speed#kmh ge 100`, for people. */
export function conditionText(condition: Condition): string {
  return `${signalOf(condition)} ${condition.express} ${condition.value}`
}

function numberOf(value: SignalValue): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}
