import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OrdinaryUser } from './ordinary-user.js'

export interface LoneAgentOptions {
  /** Made, and empty but for the agent. */
  readonly directory: string
  readonly master: string
  readonly token: string
  readonly nodeId: string
  /** Arguments that choose its runtime. */
  readonly runtimeArguments: readonly string[]
  /** Default: the Node that runs the tests. */
  readonly node?: string
  /** Who runs it, and owns its directory. Default: whoever runs the tests. */
  readonly user?: OrdinaryUser
  /** A control group's list of processes, which it joins before Node starts. */
  readonly entrance?: string
}

/** The shipped file, alone in a directory, run by nothing but Node. */
export interface LoneAgent {
  readonly pid: number
  /** Whether it has ended, for whatever reason. */
  readonly ended: boolean
  log(): Promise<string>
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>
}

const shipped = fileURLToPath(new URL('../../../dist/piccolo-agent.cjs', import.meta.url))
const file = 'piccolo-agent.cjs'

export async function loneAgent({ directory, master, token, nodeId, runtimeArguments, node = process.execPath, entrance = '/dev/null', user }: LoneAgentOptions): Promise<LoneAgent> {
  await mkdir(directory)
  await copyFile(shipped, join(directory, file))
  await writeFile(join(directory, 'token'), token, { mode: 0o600 })
  await user?.own(directory)
  const logFile = `${directory}.log`
  const log = openSync(logFile, 'a')
  // The shell goes in and becomes Node: not a page of the agent is charged elsewhere.
  const child = spawn('/bin/sh', [
    '-c', 'echo $$ > "$0" && exec "$@"', entrance, node, file,
    '--master', master, '--token-file', 'token', '--directory', join(directory, 'state'), '--node-id', nodeId, '--profile', 'lan', '--log-format', 'json', ...runtimeArguments,
  ], { cwd: directory, env: user?.environment ?? { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'ignore', log], ...user?.ids })
  closeSync(log)
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    get ended() {
      return hasEnded(child)
    },
    log: () => readFile(logFile, 'utf8'),
    stop: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await exited
  clearTimeout(force)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
