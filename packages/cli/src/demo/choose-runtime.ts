import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { PiccoloError } from '@piccolo/core/spi'
import type { DemoOptions } from '../demo-options.js'
import { install, installable, mayInstall } from './debian.js'

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
export async function chooseRuntime(options: DemoOptions): Promise<RuntimeChoice> {
  const { runtime, host } = options
  if (runtime === 'process') return { kind: 'process', why: 'as asked' }
  if ((await missing()).length === 0) return { kind: 'podman', why: await podmanVersion() }
  if (await mayInstall(options, 'Podman is not installed. Install it from Debian, to run real containers?')) {
    await install(host, packages)
    if ((await missing()).length === 0) return { kind: 'podman', why: `${await podmanVersion()}, just installed` }
  }
  const lack = `this machine has no ${(await missing()).join(' and no ')}`
  const remedy = installable(host) ? 'run the demo with --yes to install it' : 'on Debian, as root: apt-get install podman runc busybox-static'
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
