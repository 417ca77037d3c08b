import { spawn } from 'node:child_process'
import { environment, root } from './house.mjs'

/**
 * Runs a command to its end and says how it went: `{ code, output }`, 127 when there is no such command, 124 when it took
 * longer than `timeoutMs`. Output is shown on stderr by `show: 'stderr'`, passed through by `'inherit'`, else collected.
 */
export function run(command, args, { show = 'collect', timeoutMs = 600_000, extraEnvironment = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...environment, ...extraEnvironment }, stdio: channels[show] })
    let output = ''
    let late = false
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text))
    const stop = setTimeout(() => {
      late = true
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 5_000).unref()
    }, timeoutMs)
    child.on('error', () => {
      clearTimeout(stop)
      resolve({ code: 127, output })
    })
    child.on('close', (code) => {
      clearTimeout(stop)
      resolve({ code: late ? 124 : (code ?? 1), output })
    })
  })
}

const channels = {
  collect: ['ignore', 'pipe', 'pipe'],
  inherit: ['ignore', 'inherit', 'inherit'],
  stderr: ['ignore', 2, 2],
}
