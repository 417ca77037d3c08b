import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** From bench/dist, where this file runs. */
const built = (name: string): string => fileURLToPath(new URL(`../../packages/cli/dist/${name}`, import.meta.url))
const piccolo = built('piccolo.js')
/** The agent in one file, as boards get it. */
export const agentFile = built('piccolo-agent.cjs')

export interface PiccoloProcess {
  readonly pid: number
  /** What it printed when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>
  /** Asks it to end and waits; after five seconds it is killed. */
  stop(): Promise<void>
}

export interface ProcessOptions {
  /** What Node runs. Default: the `piccolo` command. */
  readonly program?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Starts the built `piccolo` with a command that knows --ready-json, and waits until it says so. */
export async function piccoloProcess(args: readonly string[], { program = piccolo, environment = {}, signal }: ProcessOptions): Promise<PiccoloProcess> {
  const child = spawn(process.execPath, [program, ...args, '--ready-json', '--log-level', 'warn', '--log-format', 'json'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = `${complaints}${text}`.slice(-2000)))
  const stop = () => end(child)
  try {
    const lines = createInterface({ input: child.stdout })
    const exited = once(child, 'exit', { signal }).then(() => {
      throw new Error(`piccolo ${args[0] ?? ''} ended before it was ready: ${complaints}`)
    })
    const [line] = (await Promise.race([once(lines, 'line', { signal }), exited])) as [string]
    exited.catch(() => undefined) // from here on its end is noticed by what no longer happens
    return { pid: child.pid ?? 0, ready: JSON.parse(line) as Readonly<Record<string, unknown>>, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await exited
  clearTimeout(force)
}
