import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Runs a program to its end and gives what it printed; an error carries what it complained about. */
export async function command(program: string, args: readonly string[], { environment = {}, signal }: CommandOptions): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...environment }, signal, maxBuffer: 2 ** 24 })
    return stdout.trim()
  } catch (error) {
    signal.throwIfAborted()
    const complaint = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new Error(`${program} ${args.filter((arg) => !arg.startsWith('/')).join(' ')}: ${complaint}`, { cause: error })
  }
}
