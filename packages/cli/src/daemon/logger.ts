import type { Logger, LogMethod } from '@piccolo/core/spi'
import { isoTime } from '../text/iso-time.js'
import { paint, type Style } from '../text/paint.js'
import { printable } from '../text/printable.js'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]
export type LogFormat = 'json' | 'pretty'

export interface LoggerOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly colour: boolean
  write(line: string): void
  nowMs(): number
}

const styles: Readonly<Record<LogLevel, Style>> = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' }

/** One line an entry: JSON for machines, or text for people. */
export function createLogger(options: LoggerOptions): Logger {
  const method = (level: LogLevel): LogMethod => {
    if (logLevels.indexOf(level) < logLevels.indexOf(options.level)) return () => undefined
    return (fields, message) => {
      const time = isoTime(options.nowMs())
      options.write(options.format === 'json' ? jsonEntry({ ...fields, time, level, message }) : prettyEntry(options, { fields, time, level, message }))
    }
  }
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
}

function prettyEntry(options: LoggerOptions, entry: { readonly fields: object; readonly time: string; readonly level: LogLevel; readonly message: string }): string {
  const fields = Object.entries(entry.fields).map(([name, value]) => `${paint(options, 'gray', `${name}=`)}${printable(typeof value === 'string' ? value : JSON.stringify(value, plain))}`)
  return `${entry.time.slice(11, 23)} ${paint(options, styles[entry.level], entry.level.padEnd(5))} ${[printable(entry.message), ...fields].join('  ')}\n`
}

function jsonEntry({ time, level, message, ...fields }: { readonly time: string; readonly level: LogLevel; readonly message: string }): string {
  return `${JSON.stringify({ time, level, message, ...fields }, plain)}\n`
}

/** JSON knows neither bigints nor errors. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (!(value instanceof Error)) return value
  return { message: value.message, ...('code' in value ? { code: value.code } : {}), stack: value.stack, ...(value.cause === undefined ? {} : { cause: value.cause }) }
}
