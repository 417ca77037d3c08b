import type { PiccoloClient } from '@piccolo/client'
import type { Credential } from './credential/credential.js'

export interface TextOutput {
  /** Resolves when the other side took it, so that a stream never runs ahead of a slow reader. */
  write(text: string): Promise<void>
  /** Columns of the terminal; undefined when it is none, and nothing needs to fit. */
  readonly width: number | undefined
  readonly colour: boolean
}

/** What the command has around it: handed in, so that a test can. */
export interface CliHost {
  readonly out: TextOutput
  readonly err: TextOutput
  /** All of standard input. */
  readInput(): Promise<Uint8Array>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly user: { readonly root: boolean; readonly home: string }
  nowMs(): number
  /** Aborts when the process is asked to end (SIGINT, SIGTERM). */
  readonly stop: AbortSignal
  connect(credential: Credential): Promise<PiccoloClient>
}
