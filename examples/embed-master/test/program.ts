import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A program of an example, running as its reader would start it. */
export interface Program {
  /** The first group of the first line that matches, waited for. */
  saw(pattern: RegExp): Promise<string>
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>
}

const withinMs = 30_000

/** Starts what `npm run build` made of `examples/<name>/src/main.ts`; it ends with the test at the latest. */
export function startExample(name: string, args: readonly string[]): Program {
  const entry = fileURLToPath(new URL(`../../${name}/dist/main.js`, import.meta.url))
  if (!existsSync(entry)) throw new Error(`There is no ${entry}: build first, with \`npm run bundle\`.`)
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines: string[] = []
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    tell()
  })
  child.once('exit', tell)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    saw: (pattern) => new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${name} ${why}; it said:\n${lines.join('\n')}`))
      const late = setTimeout(() => fail(`did not say ${String(pattern)} within ${withinMs} ms`), withinMs)
      const look = (): void => {
        const found = lines.map((line) => pattern.exec(line)?.[1]).find((group) => group !== undefined)
        if (found === undefined && child.exitCode === null) return
        clearTimeout(late)
        listeners.delete(look)
        if (found === undefined) fail(`ended without saying ${String(pattern)}`)
        else resolve(found)
      }
      listeners.add(look)
      look()
    }),
    async stop() {
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}
