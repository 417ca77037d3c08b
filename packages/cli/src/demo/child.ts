import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { PiccoloError } from '@piccolo/core/spi'

export interface ChildOptions {
  /** What it is, for messages: `master`, `agent front`. */
  readonly name: string
  readonly entry: string
  readonly arguments: readonly string[]
  /** Where its standard error goes. */
  readonly logFile: string
  readonly environment?: Readonly<Record<string, string>>
  /** How long until its ready line must be there. Default 30,000. */
  readonly readyMs?: number
  /** Called with its id before anything else can happen to it. */
  readonly onSpawn?: (pid: number) => Promise<void>
}

/** A `piccolo` process of ours, ended by its id. */
export interface Child {
  readonly name: string
  readonly pid: number
  /** The object of its `--ready-json` line. */
  readonly ready: Readonly<Record<string, unknown>>
  readonly running: boolean
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL after ten seconds; resolves when it is gone. */
  stop(): Promise<void>
}

/** Starts a long-running `piccolo` command and waits for its ready line. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = openSync(options.logFile, 'a')
  const child = spawn(process.execPath, [options.entry, ...options.arguments, '--ready-json', '--log-format', 'json'], {
    stdio: ['ignore', 'pipe', log],
    env: { ...process.env, ...options.environment },
    // A group of its own: Ctrl-C reaches the demo alone, which ends its children in order.
    detached: true,
  })
  closeSync(log)
  const gone = new Promise<void>((resolve) => { child.once('exit', () => { resolve() }) })
  try {
    const spawned = child.pid === undefined ? undefined : options.onSpawn?.(child.pid)
    const [ready] = await Promise.all([readyLine(child, options), spawned])
    return {
      name: options.name,
      pid: child.pid ?? 0,
      ready,
      get running() {
        return isRunning(child)
      },
      kill: () => end(child, gone, 'SIGKILL'),
      stop: () => end(child, gone, 'SIGTERM'),
    }
  } catch (error) {
    await end(child, gone, 'SIGKILL')
    throw error
  }
}

function readyLine(child: ChildProcess, { name, logFile, readyMs = 30_000 }: ChildOptions): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      readFile(logFile, 'utf8').catch(() => '').then((text) => {
        const tail = text.trimEnd().split('\n').slice(-5).join('\n')
        reject(new PiccoloError('unavailable', `The ${name} ${what}. The end of its log (${logFile}):\n${tail}`))
      }, reject)
    }
    const timer = setTimeout(() => { fail(`was not ready within ${String(readyMs / 1000)} s`) }, readyMs)
    child.once('error', (error) => { fail(`did not start: ${error.message}`) })
    child.once('exit', (code, signal) => { fail(`ended early with ${signal ?? String(code)}`) })
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer)
      try {
        resolve(JSON.parse(line) as Readonly<Record<string, unknown>>)
      } catch {
        fail(`said something else than its ready line: ${line.slice(0, 200)}`)
      }
    })
  })
}

async function end(child: ChildProcess, gone: Promise<void>, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!isRunning(child)) return
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(timer)
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}
