#!/usr/bin/env node
import { nodeHost } from './node-host.js'
import { runCli } from './run-cli.js'

const stop = new AbortController()
// What the demo started would outlive its terminal; to the others a terminal that closes means what it means to any program.
const signals = process.argv.includes('demo') ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : (['SIGINT', 'SIGTERM'] as const)
for (const signal of signals) {
  process.on(signal, () => {
    // Who asks twice does not want to wait for an orderly end.
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  })
}
// `piccolo get | head` closes our output: there is nobody left to tell, but there may be things to put away.
const unread = 'unread'
process.stdout.on('error', (error: Error) => {
  if (stop.signal.reason === unread) return
  if (!('code' in error && error.code === 'EPIPE')) process.exit(1)
  stop.abort(unread)
})

const code = await runCli(process.argv.slice(2), nodeHost(stop.signal))
process.exitCode = stop.signal.reason === unread ? 0 : code
