import { readFile, stat, statfs } from 'node:fs/promises'
import { arch, availableParallelism, freemem, hostname, loadavg, platform, release, totalmem } from 'node:os'
import { throwIfAborted } from '../errors/index.js'
import type { ResourceProbeAdapter } from '../spi/index.js'
import { bootId } from './boot-id.js'

export interface SystemProbeOptions {
  /** Where the machine's root is mounted, with its `proc`, `sys` and `etc`; `/` unless given. */
  readonly root?: string
  /** What the disk facts are about; the root unless given. */
  readonly directory?: string
}

/**
 * The board as Linux tells it in /proc and /sys. On other systems, and where a file is missing, Node's own figures stand in;
 * what nobody knows is 0 or `unknown`. `facts.runtime` is `none`: whoever has a ContainerRuntime fills it in.
 */
export function systemProbe({ root = '/', directory = root }: SystemProbeOptions = {}): ResourceProbeAdapter {
  const at = (path: string): string => `${root === '/' ? '' : root}/${path}`
  return () => ({
    async facts(signal) {
      throwIfAborted(signal)
      const memory = await readMemory(at('proc/meminfo'))
      return {
        hostname: (await textOf(at('proc/sys/kernel/hostname'))) ?? hostname(),
        architecture: arch(),
        os: await osName(at('etc/os-release')),
        kernel: (await textOf(at('proc/sys/kernel/osrelease'))) ?? release(),
        cpuCores: availableParallelism(),
        memoryBytes: memory.totalBytes,
        diskBytes: await diskBytes(directory),
        runtime: 'none',
        cgroupVersion: await cgroupVersion(at('sys/fs/cgroup')),
        bootId: bootId(at('proc')),
      }
    },
    async read(signal) {
      throwIfAborted(signal)
      const memory = await readMemory(at('proc/meminfo'))
      return {
        memoryTotalBytes: memory.totalBytes,
        memoryAvailableBytes: memory.availableBytes,
        load1: await readLoad(at('proc/loadavg')),
        cpuCores: availableParallelism(),
      }
    },
  })
}

async function readMemory(path: string): Promise<{ readonly totalBytes: number; readonly availableBytes: number }> {
  const text = await textOf(path)
  const bytesOf = (field: string): number | undefined => {
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text ?? '')?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  }
  const totalBytes = bytesOf('MemTotal') ?? totalmem()
  // MemFree alone takes what the kernel only caches for used up.
  return { totalBytes, availableBytes: Math.min(totalBytes, bytesOf('MemAvailable') ?? bytesOf('MemFree') ?? freemem()) }
}

async function readLoad(path: string): Promise<number> {
  const first = Number.parseFloat((await textOf(path)) ?? '')
  return Number.isNaN(first) ? (loadavg()[0] ?? 0) : first
}

async function osName(path: string): Promise<string> {
  const name = /^PRETTY_NAME=(["']?)(.*)\1$/m.exec((await textOf(path)) ?? '')?.[2]
  return name === undefined || name === '' ? platform() : name
}

async function diskBytes(directory: string): Promise<number> {
  try {
    const { blocks, bsize } = await statfs(directory)
    return blocks * bsize
  } catch {
    return 0
  }
}

/** Version 2 has its controllers at the root; beside version 1 it is mounted in a folder below, and version 1 does the work. */
async function cgroupVersion(folder: string): Promise<number> {
  if (await exists(`${folder}/cgroup.controllers`)) return 2
  return (await exists(`${folder}/memory`)) || (await exists(`${folder}/cpu`)) ? 1 : 0
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}

async function textOf(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text?.trim()
}
