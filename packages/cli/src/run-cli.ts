import { Command, CommanderError } from 'commander'
import { PiccoloError } from '@piccolo/core/spi'
import { addAgent } from './commands/agent.js'
import { addApply } from './commands/apply.js'
import { addDelete } from './commands/delete.js'
import { addDemo } from './commands/demo.js'
import { addDescribe } from './commands/describe.js'
import { addEvents } from './commands/events.js'
import { addGet } from './commands/get.js'
import { addLogs } from './commands/logs.js'
import { addMaster } from './commands/master.js'
import { addToken } from './commands/token.js'
import { addVersion, versionText } from './commands/version.js'
import { exitCodeOf, exitCodes, exitCodesHelp } from './exit-codes.js'
import type { CliHost } from './host.js'
import { reportError } from './report-error.js'

/** Runs one command line (without the program's name) and answers with its exit code. Never throws, never exits by itself. */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  try {
    await createProgram(host).parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    // Commander has told the person already; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const known = PiccoloError.from(error)
    if (known.code === 'aborted' && host.stop.aborted) return exitCodes.interrupted
    await reportError(known, host.err)
    return exitCodeOf[known.code]
  }
}

function createProgram(host: CliHost): Command {
  const program = new Command('piccolo')
    .description('A small, hard-wearing container cluster: one master, a few nodes, links that come and go.')
    .option('--credential <file>', 'who you are and where the master is; default: PICCOLO_CREDENTIAL, then the place where `piccolo master` writes it')
    .version(versionText, '-V, --version', 'print the version of this command')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Run with --help to see what there is.')
    .configureHelp({ sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => { void host.out.write(text) },
      writeErr: (text) => { void host.err.write(text) },
      getOutHelpWidth: () => host.out.width ?? 100,
      getErrHelpWidth: () => host.err.width ?? 100,
      getOutHasColors: () => host.out.colour,
      getErrHasColors: () => host.err.colour,
      outputError: (text, write) => { write(text.replace(/^error: /, 'piccolo: ')) },
    })
    .addHelpText('after', `\n${exitCodesHelp()}`)
  for (const add of [addMaster, addAgent, addToken, addApply, addDelete, addGet, addDescribe, addLogs, addEvents, addDemo, addVersion]) add(program, host)
  return program
}
