import { execFile } from 'node:child_process'
import { access, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PiccoloError } from '@piccolo/core/spi'
import { podmanPaths } from './configuration.js'
import { translateFailure, translateFile } from './errors.js'
import { asObject, asText } from './json.js'

export interface DiscardPodmanOptions {
  /** The directory that was given to `podmanConfiguration`. */
  readonly directory: string
  /** Default `podman`. */
  readonly binary?: string
}

const commandDeadlineMs = 60_000
const patienceMs = 15_000

/**
 * Takes away a Podman of its own: its containers, pods, mounts and files, also after a crash. A directory that is not there, or not
 * set up, is not an error. Throws `unavailable` when something holds on to it.
 */
export async function discardPodman({ directory, binary = 'podman' }: DiscardPodmanOptions): Promise<void> {
  const { directories, containersConf, storageConf } = podmanPaths(directory)
  const podman = async (...args: readonly string[]): Promise<void> => {
    const where = ['--root', directories.root, '--runroot', directories.runroot, '--tmpdir', directories.tmpdir]
    const env = { ...process.env, CONTAINERS_CONF: containersConf, CONTAINERS_STORAGE_CONF: storageConf }
    await promisify(execFile)(binary, [...where, ...args], { env, timeout: commandDeadlineMs }).catch((error: unknown) => {
      throw translateFailure({ doing: `podman ${args.join(' ')} for ${directory}`, text: asText(asObject(error)['stderr']) ?? String(error) })
    })
  }
  const isSetUp = await access(storageConf).then(() => true, () => false)
  if (isSetUp) {
    // Containers whose processes were killed from outside are found to have ended by a first attempt, and go by a second.
    const removeAll = async (): Promise<void> => {
      await podman('pod', 'rm', '--force', '--all', '--time', '0')
      await podman('rm', '--force', '--all', '--time', '0')
    }
    await removeAll().catch(removeAll).catch(removeAll)
  }
  // Conmon starts a clean-up for every container that ends; one that comes late would make the directories again.
  await outlast(directory)
  await unmount(directory)
  if (isSetUp && process.getuid?.() !== 0) {
    // Mounts are in the user's own namespace, and files belong to subordinate users.
    await podman('unshare', 'sh', '-c', 'umount -l "$1/overlay" 2>/dev/null; rm -rf "$1"', 'sh', directories.root)
    await endPause(join(directories.tmpdir, 'pause.pid'))
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }).catch((error: unknown) => {
    throw translateFile(`Removing ${directory}`, error)
  })
}

/** Ends this Podman's service, and waits until none of its processes is left. */
async function outlast(directory: string): Promise<void> {
  const giveUp = AbortSignal.timeout(patienceMs)
  for (;;) {
    const processes = await processesOf(directory)
    if (processes.length === 0) return
    if (giveUp.aborted) {
      throw new PiccoloError('unavailable', `Processes still use ${directory}: ${processes.map(({ pid }) => pid).join(', ')}. End them and try again.`)
    }
    for (const { pid, isService } of processes) if (isService) endProcess(pid)
    await sleep(50)
  }
}

/** Podman's and conmon's processes have their directories on the command line. */
async function processesOf(directory: string): Promise<readonly { readonly pid: number; readonly isService: boolean }[]> {
  const found: { readonly pid: number; readonly isService: boolean }[] = []
  for (const name of await readdir('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0')
    const isPodman = /(^|\/)(podman|conmon)$/.test(words[0] ?? '')
    if (!isPodman || !words.some((word) => word.replace(/^unix:\/\//, '').startsWith(`${directory}/`))) continue
    found.push({ pid, isService: words.includes('system') && words.includes('service') })
  }
  return found
}

/** The process that keeps an ordinary user's namespace alive between two calls of Podman. */
async function endPause(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid <= 1) return
  const [program = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  if (/(^|\/)(catatonit|podman)$/.test(program)) endProcess(pid, 'SIGKILL')
}

function endProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended.
  }
}

/** Overlay's bind mount on itself stays behind; the deepest mounts go first. */
async function unmount(directory: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  const targets = mounts.split('\n').map((line) => line.split(' ')[1] ?? '').filter((target) => target.startsWith(join(directory, '/')))
  for (const target of targets.sort((a, b) => b.length - a.length)) {
    await promisify(execFile)('umount', [target], { timeout: commandDeadlineMs }).catch(() => undefined) // rm says what is left
  }
}
