import { PiccoloError } from '@piccolo/core/spi'

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `15m`, `2h`, `180d` in milliseconds; never nothing. */
export function parseDuration(option: string, text: string): number {
  const [, amount, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? []
  const unitMs = unitsMs[unit]
  if (amount === undefined || unitMs === undefined) throw new PiccoloError('invalid-argument', `${option}: expected a duration such as 90s, 15m, 2h or 180d, found "${text}"`)
  return Number(amount) * unitMs
}
