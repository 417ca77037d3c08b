import { Option, type Command } from 'commander'
import type { Logger } from '@piccolo/core/spi'
import type { ProcessHost } from '../host.js'
import { createLogger, logLevels, type LogFormat, type LogLevel } from './logger.js'

export interface DaemonOptions {
  readonly logLevel: LogLevel
  readonly logFormat?: LogFormat
  readonly readyJson?: true
}

/** What `master` and `agent` have in common. */
export function addDaemonOptions(command: Command): Command {
  return command
    .addOption(new Option('--log-level <level>').choices([...logLevels]).default('info'))
    .addOption(new Option('--log-format <format>', 'default: pretty on a terminal, else json').choices(['json', 'pretty']))
    .option('--ready-json', 'print one JSON object on standard output once it is ready')
}

/** Logs go to standard error: standard output is for what a program reads. */
export function loggerOf({ err, nowMs }: ProcessHost, { logLevel, logFormat }: DaemonOptions): Logger {
  return createLogger({
    level: logLevel, format: logFormat ?? (err.width === undefined ? 'json' : 'pretty'), colour: err.colour, nowMs,
    write: (line) => { void err.write(line) },
  })
}
