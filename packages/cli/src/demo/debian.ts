import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { promisify } from 'node:util'
import { PiccoloError } from '@piccolo/core/spi'
import type { DemoOptions } from '../demo-options.js'

const run = promisify(execFile)

/** Whether this is a machine on which the demo could install what it lacks. */
export function installable({ user }: Pick<DemoOptions['host'], 'user'>): boolean {
  return process.platform === 'linux' && user.root && existsSync('/usr/bin/apt-get')
}

/** Whether it may: by --yes, by CI=true, or because a person at a terminal says so. */
export async function mayInstall({ yes, json, host }: Pick<DemoOptions, 'yes' | 'json' | 'host'>, question: string): Promise<boolean> {
  if (!installable(host)) return false
  return yes || host.environment['CI'] === 'true' || (!json && (await agrees(question)))
}

/** Says on standard error what it does, and that it failed; whether it helped shows when what was missing is looked for again. */
export async function install({ err }: Pick<DemoOptions['host'], 'err'>, packages: readonly string[]): Promise<void> {
  await err.write(`Installing ${packages.join(' ')} …\n`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await run('apt-get', ['update'], { env: environment, timeout: 300_000, maxBuffer: 16 * 1024 * 1024 })
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env: environment, timeout: 600_000, maxBuffer: 16 * 1024 * 1024 })
  } catch (error) {
    await err.write(`They could not be installed: ${PiccoloError.from(error).message.split('\n')[0] ?? ''}\n`)
  }
}

async function agrees(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
