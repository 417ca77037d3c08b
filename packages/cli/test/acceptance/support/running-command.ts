import { spawn } from 'node:child_process'
import { builtCommand } from './built-command.js'

/** A `piccolo` that goes on until it is interrupted. */
export interface RunningCommand {
  stdout(): string
  stderr(): string
  /** As Ctrl-C does; answers with the exit code. */
  interrupt(): Promise<number | undefined>
  /** Exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>
}

export function startCommand(args: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, [builtCommand(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  const ended = new Promise<number | undefined>((resolve) => {
    child.on('close', (code) => { resolve(code ?? undefined) })
  })
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    interrupt: () => {
      child.kill('SIGINT')
      return ended
    },
  }
}
