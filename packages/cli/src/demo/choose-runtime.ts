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
  if ((await missing()).length === 0) return { kind: 'podman', why: await podmanVersion() }
  const installable = process.platform === 'linux' && host.user.root && existsSync('/usr/bin/apt-get')
  if (installable && (yes || host.environment['CI'] === 'true' || (!json && (await agrees(host))))) {
    await install(host)
    if ((await missing()).length === 0) return { kind: 'podman', why: `${await podmanVersion()}, just installed` }
  }
  const lack = `this machine has no ${(await missing()).join(' and no ')}`
  const remedy = installable ? 'run the demo with --yes to install it' : 'on Debian, as root: apt-get install podman runc busybox-static'
  if (runtime === 'podman') throw new PiccoloError('failed-precondition', `No containers: ${lack}; ${remedy}.`)
  return { kind: 'process', why: `${lack} (${remedy})` }
}

/** What real containers lack here: Podman itself, or the busybox that their image is made from. */
async function missing(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return ['Linux kernel to run containers on']
  const hasPodman = await run('podman', ['--version'], { timeout: 20_000 }).then(() => true, () => false)
  return [...(hasPodman ? [] : ['Podman']), ...(existsSync('/bin/busybox') ? [] : ['/bin/busybox (package busybox-static)'])]
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
