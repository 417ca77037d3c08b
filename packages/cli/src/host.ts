import type { PiccoloClient } from '@piccolo/client'
import type { Credential } from './credential/credential.js'

export interface TextOutput {
  /** Resolves when the other side took it, so that a stream never runs ahead of a slow reader. */
  write(text: string): Promise<void>
  /** Columns of the terminal; undefined when it is none, and nothing needs to fit. */
  readonly width: number | undefined
  readonly colour: boolean
}

/** What a command has around it in its process: handed in, so that a test can. */
export interface ProcessHost {
  readonly out: TextOutput
  readonly err: TextOutput
  /** All of standard input. */
  readInput(): Promise<Uint8Array>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly user: { readonly root: boolean; readonly home: string }
  nowMs(): number
  /** Aborts when the process is asked to end (SIGINT, SIGTERM). */
  readonly stop: AbortSignal
}

/** The same, and a way to the master. */
export interface CliHost extends ProcessHost {
  connect(credential: Credential): Promise<PiccoloClient>
}
