import type { ProcessHost } from './host.js'
import { processHost } from './process-host.js'

/** Runs a command as this process: what ends the process ends the command first, and its exit code becomes the process's own. */
export async function runProcess(run: (args: readonly string[], host: ProcessHost) => Promise<number>, signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']): Promise<void> {
  const stop = new AbortController()
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
  const code = await run(process.argv.slice(2), processHost(stop.signal))
  process.exitCode = stop.signal.reason === unread ? 0 : code
}
