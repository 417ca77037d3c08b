#!/usr/bin/env node
import { nodeHost } from './node-host.js'
import { runCli } from './run-cli.js'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Who asks twice does not want to wait for an orderly end.
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  })
}
// `piccolo get | head` closes our output: there is nobody left to tell.
process.stdout.on('error', (error: Error) => { process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1) })

process.exitCode = await runCli(process.argv.slice(2), nodeHost(stop.signal))
