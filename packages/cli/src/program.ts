import { Command, CommanderError } from 'commander'
import { PiccoloError } from '@piccolo/core/spi'
import { exitCodeOf, exitCodes, exitCodesHelp } from './exit-codes.js'
import type { ProcessHost } from './host.js'
import { reportError } from './report-error.js'

/** A command of ours before anybody added to it: it speaks through the host, and never ends the process by itself. */
export function createProgram(name: string, { out, err }: Pick<ProcessHost, 'out' | 'err'>): Command {
  return new Command(name)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Run with --help to see what there is.')
    .configureHelp({ sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => { void out.write(text) },
      writeErr: (text) => { void err.write(text) },
      getOutHelpWidth: () => out.width ?? 100,
      getErrHelpWidth: () => err.width ?? 100,
      getOutHasColors: () => out.colour,
      getErrHasColors: () => err.colour,
      outputError: (text, write) => { write(text.replace(/^error: /, 'piccolo: ')) },
    })
    .addHelpText('after', `\n${exitCodesHelp()}`)
}

/** Runs one command line (without the program's name) and answers with its exit code. Never throws, never exits by itself. */
export async function runProgram(program: Command, args: readonly string[], { stop, err }: Pick<ProcessHost, 'stop' | 'err'>): Promise<number> {
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    // Commander has told the person already; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const known = PiccoloError.from(error)
    if (known.code === 'aborted' && stop.aborted) return exitCodes.interrupted
    await reportError(known, err)
    return exitCodeOf[known.code]
  }
}
