import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { processRuntime } from '@piccolo/runtime-process'
import { silentLogger } from '@piccolo/testing'
import { root } from '../house.js'
import { plainEnvironment, runToEnd } from './run-program.js'

/** The built `piccolo` command. */
export const command = join(root, 'packages/cli/dist/piccolo.js')

/** A master and node `front`, which runs plain processes: `piccolo master` and `piccolo agent` as a reader would start them, on free ports. */
export interface LiveCluster extends AsyncDisposable {
  readonly credentialFile: string
  /** Where nodes dial. */
  readonly master: string
  /** The master's own credential, as it wrote it. */
  readonly credential: { readonly address: string; readonly caPem: string; readonly token: string }
  joinToken(node: string): Promise<string>
}

export async function liveCluster(folder: string): Promise<LiveCluster> {
  const credentialFile = join(folder, 'credential.json')
  const joinToken = async (node: string): Promise<string> => {
    const { code, output } = await runToEnd(process.execPath, [command, '--credential', credentialFile, 'token', 'create', '--node-id', node, '-o', 'json'], { cwd: folder, env: plainEnvironment() })
    if (code !== 0) throw new Error(output)
    return (JSON.parse(output) as { readonly token: string }).token // our own command's answer
  }
  const children: ChildProcess[] = []
  const start = async (...args: readonly string[]): Promise<Readonly<Record<string, string>>> => {
    const child = spawn(process.execPath, [command, ...args, '--log-level', 'error', '--ready-json'], { stdio: ['ignore', 'pipe', 'inherit'], env: plainEnvironment() })
    children.unshift(child)
    for await (const line of createInterface(child.stdout)) return JSON.parse(line) as Record<string, string> // our own command's answer
    throw new Error(`piccolo ${args[0] ?? ''} ended before it was ready`)
  }
  const stop = async (): Promise<void> => {
    for (const child of children) {
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    }
    await endWorkloads({ directory: join(folder, 'agent/processes'), cluster: 'ship', node: 'front' })
  }
  try {
    const ready = await start('master', '--cluster', 'ship', '--directory', join(folder, 'master'), '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0', '--credential', credentialFile)
    const master = ready['address'] ?? ''
    writeFileSync(join(folder, 'front'), await joinToken('front'), { mode: 0o600 })
    await start('agent', '--master', master, '--directory', join(folder, 'agent'), '--token-file', join(folder, 'front'), '--runtime', 'process')
    const credential = JSON.parse(readFileSync(credentialFile, 'utf8')) as LiveCluster['credential'] // our own command's file
    return { credentialFile, master, credential, joinToken, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Workloads outlive their agent: what a page has started is ended by the same means. */
export async function endWorkloads({ directory, cluster, node }: { readonly directory: string; readonly cluster: string; readonly node: string }): Promise<void> {
  const never = new AbortController().signal
  const runtime = processRuntime({ directory })({ clock: systemClock, random: systemRandom, logger: silentLogger, scope: { cluster, node } })
  await runtime.open(never)
  for (const { id } of await runtime.list(never)) await runtime.remove(id, never)
  await runtime.close()
}
