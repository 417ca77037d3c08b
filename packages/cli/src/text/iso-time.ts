const dayMs = 86_400_000

/**
 * As `toISOString` writes it, for the years 0 to 9999, without a Date: the first date that V8 writes loads its tables of the
 * world's time zones, 0.6 MB that an agent would keep for ever. Algorithm: howardhinnant.github.io/date_algorithms.html#civil_from_days
 */
export function isoTime(atMs: number): string {
  const ms = Math.floor(atMs)
  const days = Math.floor(ms / dayMs)
  const inDay = ms - days * dayMs
  const { year, month, day } = civilDate(days)
  const clock = [Math.floor(inDay / 3_600_000), Math.floor(inDay / 60_000) % 60, Math.floor(inDay / 1_000) % 60].map((part) => digits(part, 2)).join(':')
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}T${clock}.${digits(inDay % 1_000, 3)}Z`
}

/** The date that is so many days after 1 January 1970. Years begin in March here, so that the leap day is the last. */
function civilDate(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const fromMarch0 = days + 719_468
  const era = Math.floor(fromMarch0 / 146_097)
  const dayOfEra = fromMarch0 - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  }
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
