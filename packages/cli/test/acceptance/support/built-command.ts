import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Path of the built `piccolo` command: these tests run what is shipped, not the sources. */
export function builtCommand(): string {
  const path = fileURLToPath(new URL('../../../dist/piccolo.js', import.meta.url))
  if (!existsSync(path)) throw new Error(`There is no ${path}: build first, with \`npm run bundle\`.`)
  return path
}

export interface CommandOutcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `piccolo` to its end, as a person would. */
export function runCommand(args: readonly string[]): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [builtCommand(), ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'number') resolve({ code, stdout, stderr })
      else reject(new Error(`piccolo ${args.join(' ')} did not end by itself: ${stderr}`, { cause: error }))
    })
  })
}
