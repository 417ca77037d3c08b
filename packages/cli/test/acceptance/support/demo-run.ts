import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { builtCommand } from './built-command.js'
import { eventually } from './eventually.js'

/** A line of `piccolo demo --json`. */
export interface DemoLine {
  readonly event: string
  readonly title?: string
  readonly same?: boolean
  readonly done?: boolean
  readonly nodes?: readonly { readonly name: string; readonly phase: string }[]
  readonly workloads?: readonly { readonly workload: string; readonly state: string; readonly containers: readonly { readonly restarts: number }[] }[]
}

export interface DemoRun {
  readonly lines: readonly DemoLine[]
  errors(): string
  /** Exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGKILL'): void
  /** Nobody reads its output any more. */
  hangUp(): void
  /** Waits for the act whose title begins like this. */
  act(title: string): Promise<void>
}

/** A temporary folder that only these demos know, so that what they leave is seen, and nobody else's is. */
export interface DemoPlace {
  run(...options: readonly string[]): DemoRun
  /** Processes that have the place in their arguments, environment or working directory. */
  processes(): Promise<readonly string[]>
  expectNothingLeft(): Promise<void>
  /** Ends what still runs and removes the place. */
  dispose(): Promise<void>
}

export async function demoPlace(): Promise<DemoPlace> {
  const directory = await mkdtemp('/tmp/pd-') // short: sockets lie below it
  const runs = new Set<DemoRun>()
  const processes = () => processesOf(directory)
  return {
    processes,
    run(...options) {
      const run = startDemo(directory, options)
      runs.add(run)
      void run.ended.then(() => runs.delete(run))
      return run
    },
    async expectNothingLeft() {
      expect(await readdir(directory)).toEqual([])
      expect((await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(`${directory}/`))).toEqual([])
      expect(await processes()).toEqual([])
    },
    async dispose() {
      for (const run of runs) {
        run.signal('SIGTERM')
        await run.ended
      }
      // A demo that failed to clean up is cleaned up after by the next.
      if ((await readdir(directory)).length > 0) await startDemo(directory, ['--once', '--runtime', 'process']).ended
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function startDemo(directory: string, options: readonly string[]): DemoRun {
  const child = spawn(process.execPath, [builtCommand(), 'demo', '--json', ...options], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: directory } })
  const lines: DemoLine[] = []
  let rest = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = `${rest}${text}`.split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.push(JSON.parse(part) as DemoLine) // throws for what is no JSON
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { errors += text })
  const ended = new Promise<number | undefined>((resolve) => {
    child.on('close', (code) => { resolve(code ?? undefined) })
  })
  return {
    lines,
    ended,
    errors: () => errors,
    signal: (name) => { child.kill(name) },
    hangUp: () => { child.stdout.destroy() },
    act: async (title) => {
      await eventually(`the act "${title}"`, () => Promise.resolve(lines.some((line) => line.title?.startsWith(title) === true) ? true : undefined), { withinMs: 60_000, everyMs: 10 })
    },
  }
}

async function processesOf(directory: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(async (pid) => {
    const [line, environment, stat] = await Promise.all(['cmdline', 'environ', 'stat'].map((name) => readFile(join('/proc', pid, name), 'latin1').catch(() => '')))
    const ours = [line, environment].some((text) => text?.includes(directory))
    const living = stat !== undefined && stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
    return ours && living ? [`${pid} ${(line ?? '').replaceAll('\0', ' ').slice(0, 80)}`] : []
  }))
  return found.flat()
}
