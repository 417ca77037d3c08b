import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { promisify } from 'node:util'
import { PiccoloError } from '@piccolo/core/spi'
import type { DemoOptions } from '../demo-options.js'

const run = promisify(execFile)

/** What Podman needs of Debian to run without a registry. */
const packages = ['podman', 'runc', 'conmon', 'netavark', 'aardvark-dns', 'catatonit', 'uidmap', 'fuse-overlayfs', 'slirp4netns', 'busybox-static']

export interface RuntimeChoice {
  readonly kind: 'podman' | 'process'
  /** For people: why this one. */
  readonly why: string
}

/**
 * Podman where there is one; where there is none, it is installed from Debian if a person says yes (or --yes, or CI=true) and
 * that can be done; otherwise plain processes, and the demo says so.
 */
export async function chooseRuntime({ runtime, yes, json, host }: DemoOptions): Promise<RuntimeChoice> {
  if (runtime === 'process') return { kind: 'process', why: 'as asked' }
  if (await hasPodman()) return { kind: 'podman', why: await podmanVersion() }
  const installable = process.platform === 'linux' && host.user.root && existsSync('/usr/bin/apt-get')
  if (installable && (yes || host.environment['CI'] === 'true' || (!json && (await agrees(host))))) {
    await install(host)
    if (await hasPodman()) return { kind: 'podman', why: `${await podmanVersion()}, just installed` }
  }
  const remedy = installable ? 'run the demo with --yes to install it' : 'install podman, runc and busybox-static to see real containers'
  if (runtime === 'podman') throw new PiccoloError('failed-precondition', `There is no Podman on this machine: ${remedy}.`)
  return { kind: 'process', why: `there is no Podman on this machine (${remedy})` }
}

async function hasPodman(): Promise<boolean> {
  if (process.platform !== 'linux' || !existsSync('/bin/busybox')) return false
  return run('podman', ['--version'], { timeout: 20_000 }).then(() => true, () => false)
}

async function podmanVersion(): Promise<string> {
  const { stdout } = await run('podman', ['--version'], { timeout: 20_000 })
  return stdout.trim()
}

async function agrees({ err }: DemoOptions['host']): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await lines.question('Podman is not installed. Install it from Debian, to run real containers? [y/N] ')
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
    await err.write('')
  }
}

async function install({ err }: DemoOptions['host']): Promise<void> {
  await err.write(`Installing ${packages.join(' ')} …\n`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await run('apt-get', ['update'], { env: environment, timeout: 300_000, maxBuffer: 16 * 1024 * 1024 })
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env: environment, timeout: 600_000, maxBuffer: 16 * 1024 * 1024 })
  } catch (error) {
    await err.write(`Podman could not be installed: ${PiccoloError.from(error).message.split('\n')[0] ?? ''}\n`)
  }
}
