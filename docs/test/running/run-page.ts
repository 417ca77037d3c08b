import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { CommandStage } from './command-stages.js'
import { runToEnd } from './run-program.js'

export interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** For what goes on: longest wait until it shows what it should, and then for its end. */
const withinMs = 20_000

/** Runs commands in order, as a shell would; throws for one that fails, with all that it wrote. What goes on is stopped at the end. */
export async function runPage(commands: readonly string[], { instead = [], until = {}, afterwards = [] }: CommandStage, place: Place): Promise<void> {
  const page = commands.join('\n')
  for (const [found] of instead) if (!page.includes(found)) throw new Error(`Its stage replaces ${JSON.stringify(found)}, which is not there any more.`)
  const seen: Record<string, string> = {}
  const going: Going[] = []
  try {
    for (const command of [...commands, ...afterwards]) {
      const line = filled(instead.reduce((text, [found, here]) => text.replaceAll(found, () => here), command), seen)
      const sign = Object.entries(until).find(([begins]) => command.startsWith(begins))?.[1]
      if (sign === undefined) await runOne(line, place)
      else {
        const started = new Going(line, place)
        going.unshift(started)
        Object.assign(seen, await started.shows(sign))
      }
    }
  } finally {
    for (const each of going) await each.stop()
  }
}

async function runOne(line: string, place: Place): Promise<void> {
  const { code, output } = await runToEnd('sh', ['-c', line], place)
  if (code !== 0) throw new Error(`${line}\nended with ${code}:\n${output}`)
}

/** `{address}` stands for what a command before has shown. */
function filled(text: string, seen: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => seen[name] ?? whole)
}

/** A command that goes on. */
class Going {
  readonly #line: string
  readonly #child: ChildProcess
  #output = ''

  constructor(line: string, { cwd, env }: Place) {
    this.#line = line
    this.#child = spawn('sh', ['-c', `exec ${line}`], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (bytes: Buffer) => { this.#output += bytes.toString() })
  }

  async shows(sign: RegExp): Promise<Readonly<Record<string, string>>> {
    const signal = AbortSignal.timeout(withinMs)
    for (;;) {
      const match = sign.exec(this.#output)
      if (match !== null) return match.groups ?? {}
      if (this.#child.exitCode !== null) break
      const heard = [this.#child.stdout, this.#child.stderr].flatMap((stream) => (stream === null ? [] : [once(stream, 'data', { signal })]))
      await Promise.race([...heard, once(this.#child, 'close', { signal })]).catch(() => undefined)
      if (signal.aborted) break
    }
    throw new Error(`${this.#line}\ndid not show ${String(sign)}:\n${this.#output}`)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const over = once(this.#child, 'exit', { signal: AbortSignal.timeout(withinMs) })
    this.#child.kill('SIGTERM')
    await over
  }
}
