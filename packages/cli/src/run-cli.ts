import { addAgent } from './commands/agent.js'
import { addApply } from './commands/apply.js'
import { addCa } from './commands/ca.js'
import { addDelete } from './commands/delete.js'
import { addDemo } from './commands/demo.js'
import { addDescribe } from './commands/describe.js'
import { addEvents } from './commands/events.js'
import { addGet } from './commands/get.js'
import { addLogs } from './commands/logs.js'
import { addMaster } from './commands/master.js'
import { addNodeDecisions } from './commands/node-decisions.js'
import { addPerson } from './commands/person.js'
import { addSignal } from './commands/signal.js'
import { addToken } from './commands/token.js'
import { addVersion, versionText } from './commands/version.js'
import type { CliHost } from './host.js'
import { createProgram, runProgram } from './program.js'

/** Runs one `piccolo` command line (without the program's name) and answers with its exit code. Never throws, never exits by itself. */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  const program = createProgram('piccolo', host)
    .description('A small, hard-wearing container cluster: one master, a few nodes, links that come and go.')
    .option('--credential <file>', 'who you are and where the master is; default: PICCOLO_CREDENTIAL, then the place where `piccolo master` writes it')
    .version(versionText, '-V, --version', 'print the version of this command')
  for (const add of [addMaster, addAgent, addToken, addNodeDecisions, addPerson, addCa, addApply, addDelete, addGet, addDescribe, addLogs, addEvents, addSignal, addDemo, addVersion]) add(program, host)
  return runProgram(program, args, host)
}
