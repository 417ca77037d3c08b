import { connectOverHttps } from './credential/connect.js'
import { runCli } from './run-cli.js'
import { runProcess } from './run-process.js'

// What the demo started would outlive its terminal; to the others a terminal that closes means what it means to any program.
const signals = process.argv.includes('demo') ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : (['SIGINT', 'SIGTERM'] as const)
void runProcess((args, host) => runCli(args, { ...host, connect: connectOverHttps }), signals)
