import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { root } from '../house.js'

const withinMs = 60_000

/** A folder in the tree, where a program finds the packages as `npm run build` left them. */
export function folderInTree(name: string): string {
  mkdirSync(join(root, '.piccolo'), { recursive: true })
  return mkdtempSync(join(root, `.piccolo/${name}-`))
}

export interface Ended {
  readonly code: number
  /** What it wrote, on both streams. */
  readonly output: string
}

/** Compiles a TypeScript program for the Node that runs the tests, and runs it to its end in a process of its own. */
export async function runProgram(folder: string, source: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20' })
  const file = join(folder, 'snippet.mjs')
  writeFileSync(file, code)
  return runToEnd(process.execPath, [file], { cwd: folder, env: { ...plainEnvironment(), ...environment } })
}

export function runToEnd(program: string, args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { ...options, timeout: withinMs }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, output: error?.killed === true ? `${stdout}${stderr}\nIt did not end within ${withinMs / 1000} s.` : stdout + stderr })
    })
  })
}

/** Without what the test runner tells its workers. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_') && !name.startsWith('VITEST')))
}
