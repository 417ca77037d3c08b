import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A memory control group of a test's own: what is in it gets so much memory, and no swap beside it. */
export interface MemoryGroup {
  /** Where a process writes its id to get in; its children are in it from their start. */
  readonly entrance: string
  /** Processes that the kernel killed because the group was full. */
  kills(): Promise<number>
  /** Of all memory that was ever charged to it, files in memory included, in bytes; undefined where the kernel does not say. */
  peakBytes(): Promise<number | undefined>
  /** Takes it away, once nothing is in it any more. */
  remove(): Promise<void>
}

interface Hierarchy {
  readonly root: string
  readonly limits: readonly string[]
  readonly peak: string
  readonly kills: string
}

const first: Hierarchy = { root: '/sys/fs/cgroup/memory', limits: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'], peak: 'memory.max_usage_in_bytes', kills: 'memory.oom_control' }
const second: Hierarchy = { root: '/sys/fs/cgroup', limits: ['memory.max'], peak: 'memory.peak', kills: 'memory.events' }

/** Whether this machine has memory groups that root can make, of the first or the second kind. */
export function hasMemoryGroups(): boolean {
  return hierarchy() !== undefined
}

export async function memoryGroup(name: string, limitBytes: number): Promise<MemoryGroup> {
  const found = hierarchy()
  if (found === undefined) throw new Error('This machine has no memory groups.')
  const folder = join(found.root, name)
  await mkdir(folder)
  for (const limit of found.limits) if (existsSync(join(folder, limit))) await writeFile(join(folder, limit), String(limitBytes))
  if (existsSync(join(folder, 'memory.swap.max'))) await writeFile(join(folder, 'memory.swap.max'), '0')
  return {
    entrance: join(folder, 'cgroup.procs'),
    async kills() {
      const count = /^oom_kill (\d+)$/m.exec(await readFile(join(folder, found.kills), 'utf8'))?.[1]
      if (count === undefined) throw new Error(`${found.kills} does not tell how many were killed.`)
      return Number(count)
    },
    peakBytes: async () => (existsSync(join(folder, found.peak)) ? Number(await readFile(join(folder, found.peak), 'utf8')) : undefined),
    remove: () => removeFolder(folder),
  }
}

function hierarchy(): Hierarchy | undefined {
  if (existsSync(join(first.root, 'memory.limit_in_bytes'))) return first
  const handedDown = join(second.root, 'cgroup.subtree_control')
  return existsSync(handedDown) && /\bmemory\b/.test(readFileSync(handedDown, 'utf8')) ? second : undefined
}

/** The kernel takes a moment to let go of processes that have ended. */
async function removeFolder(folder: string): Promise<void> {
  const deadlineMs = performance.now() + 5_000
  for (;;) {
    try {
      await rmdir(folder)
      return
    } catch (error) {
      if (performance.now() > deadlineMs) throw error
      await pause(50)
    }
  }
}
