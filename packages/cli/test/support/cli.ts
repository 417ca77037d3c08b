import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PiccoloClient } from '@piccolo/client'
import { runCli, writeCredential, type CliHost, type Credential } from '../../src/index.js'
import { fakeClient, nowMs } from './fake-client.js'

export const credential: Credential = { address: 'https://127.0.0.1:47099', caPem: '-----BEGIN CERTIFICATE-----', token: 'secret-token' }

export interface CliSetting {
  readonly client?: Partial<PiccoloClient>
  readonly input?: string | Uint8Array
  readonly width?: number
  readonly colour?: boolean
  readonly stop?: AbortSignal
  readonly environment?: Readonly<Record<string, string>>
  /** Default: a valid credential is where PICCOLO_CREDENTIAL says. */
  readonly withoutCredential?: true
}

export interface CliOutcome {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly connected: readonly Credential[]
}

/** Runs one command line in this process. */
export async function piccolo(args: readonly string[], setting: CliSetting = {}): Promise<CliOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'piccolo-cli-'))
  try {
    const path = join(folder, 'admin.json')
    if (setting.withoutCredential !== true) await writeCredential(path, credential)
    return await runIn(folder, args, { ...setting, environment: { PICCOLO_CREDENTIAL: path, ...setting.environment } })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runIn(folder: string, args: readonly string[], setting: CliSetting): Promise<CliOutcome> {
  const written = { out: '', err: '' }
  const connected: Credential[] = []
  const output = (name: 'out' | 'err'): CliHost['out'] => ({ write: async (text) => { written[name] += text }, width: setting.width, colour: setting.colour ?? false })
  const code = await runCli(args, {
    out: output('out'), err: output('err'), environment: setting.environment ?? {}, user: { root: false, home: folder }, nowMs: () => nowMs,
    readInput: async () => (typeof setting.input === 'string' ? new TextEncoder().encode(setting.input) : setting.input ?? new Uint8Array()),
    stop: setting.stop ?? new AbortController().signal,
    connect: async (given) => { connected.push(given); return fakeClient(setting.client) },
  })
  return { code, ...written, connected }
}
