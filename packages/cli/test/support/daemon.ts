import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectOverHttps } from '../../src/credential/connect.js'
import { runCli } from '../../src/index.js'

export interface Daemon {
  /** The first line on standard output. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  readonly err: () => string
  /** Asks it to stop, as a signal would; answers with the exit code. */
  stop(): Promise<number>
  readonly ended: Promise<number>
}

export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'piccolo-daemon-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Runs `piccolo master` or `agent` in this process, with everything real but the process itself. */
export function daemon(args: readonly string[], { home, environment = {} }: { readonly home: string; readonly environment?: Readonly<Record<string, string>> }): Daemon {
  const stopping = new AbortController()
  let err = ''
  let out = ''
  let tellReady: (line: Readonly<Record<string, unknown>>) => void = () => undefined
  const line = new Promise<Readonly<Record<string, unknown>>>((resolve) => { tellReady = resolve })
  const ended = runCli(args, {
    out: { width: undefined, colour: false, write: async (text) => {
      out += text
      if (out.includes('\n')) tellReady(JSON.parse(out.slice(0, out.indexOf('\n'))) as Readonly<Record<string, unknown>>)
    } },
    err: { width: undefined, colour: false, write: async (text) => { err += text } },
    environment, user: { root: false, home }, nowMs: () => Date.now(), stop: stopping.signal, readInput: async () => new Uint8Array(), connect: connectOverHttps,
  })
  const early = ended.then((code): never => { throw new Error(`ended with ${String(code)} before it was ready: ${err}`) })
  const ready = Promise.race([line, early])
  ready.catch(() => undefined) // most who expect a refusal do not ask
  return {
    ready,
    err: () => err,
    ended,
    stop: () => {
      stopping.abort()
      return ended
    },
  }
}
