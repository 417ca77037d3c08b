import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import type { ContainerLimits } from '@piccolo/core/spi'
import { codeOf } from '../errors.js'

const periodMicroseconds = 100_000
/** Each is lost only to another agent that was quicker. */
const mostAttempts = 20

/** Limits by the kernel's control groups: one group a container, below `piccolo`. */
export interface ControlGroups {
  readonly version: 1 | 2
  readonly enforces: { readonly cpu: boolean; readonly memory: boolean }
  /** Makes the container's group anew with these limits. */
  prepare(id: string, limits: ContainerLimits): Promise<void>
  join(id: string, pid: number): Promise<void>
  /** Whether the kernel ended a process of the group for want of memory. */
  outOfMemory(id: string): boolean
  /** Processes in the group, those included that left the container's process group. */
  members(id: string): Promise<readonly number[]>
  /** An absent group is no error; `EBUSY` while a process is in it. */
  remove(id: string): Promise<void>
}

/** What this user may do with control groups here; undefined: nothing. Changes nothing. */
export function findControlGroups(root: string): ControlGroups | undefined {
  const controllers = textOf(`${root}/cgroup.controllers`)?.split(/\s+/)
  if (controllers !== undefined) {
    if (!writable(root)) return undefined
    return controlGroups(2, { cpu: groupsBelow(root, controllers.includes('cpu')), memory: groupsBelow(root, controllers.includes('memory')) }, root)
  }
  const of = (controller: string): string | undefined => groupsBelow(`${root}/${controller}`, writable(`${root}/${controller}`))
  const parents = { cpu: of('cpu'), memory: of('memory') }
  return parents.cpu === undefined && parents.memory === undefined ? undefined : controlGroups(1, parents, root)
}

type Parents = Readonly<Record<'cpu' | 'memory', string | undefined>>

function controlGroups(version: 1 | 2, parents: Parents, root: string): ControlGroups {
  const all = [...new Set(Object.values(parents).filter((parent) => parent !== undefined))]
  const write = version === 1 ? writeVersion1 : writeVersion2
  return {
    version,
    enforces: { cpu: parents.cpu !== undefined, memory: parents.memory !== undefined },
    async prepare(id, limits) {
      for (const parent of all) {
        await unlessTakenAway(async () => {
          await mkdir(parent, { recursive: true })
          if (version === 2) for (const folder of [root, parent]) await delegate(folder, parents)
          await removeGroup(`${parent}/${id}`)
          await mkdir(`${parent}/${id}`)
        })
      }
      if (limits.memoryBytes !== undefined && parents.memory !== undefined) await write.memory(`${parents.memory}/${id}`, limits.memoryBytes)
      if (limits.cpuCores !== undefined && parents.cpu !== undefined) await write.cpu(`${parents.cpu}/${id}`, Math.max(1_000, Math.round(limits.cpuCores * periodMicroseconds)))
    },
    async join(id, pid) {
      for (const parent of all) await writeFile(`${parent}/${id}/cgroup.procs`, String(pid))
    },
    outOfMemory(id) {
      const file = version === 1 ? 'memory.oom_control' : 'memory.events'
      return Number(/^oom_kill (\d+)$/m.exec(textOf(`${parents.memory ?? ''}/${id}/${file}`) ?? '')?.[1] ?? 0) > 0
    },
    async members(id) {
      const lists = await Promise.all(all.map((parent) => readFile(`${parent}/${id}/cgroup.procs`, 'utf8').catch(() => '')))
      return [...new Set(lists.flatMap((list) => list.split('\n')).filter((pid) => pid !== '').map(Number))]
    },
    async remove(id) {
      for (const parent of all) await removeGroup(`${parent}/${id}`)
      for (const parent of all) await removeIfEmpty(parent)
    },
  }
}

/** Another agent may take the parent away as empty at any moment: then it is made again. */
async function unlessTakenAway(make: () => Promise<void>): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      await make()
      return
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempts === mostAttempts) throw error
    }
  }
}

/** The group above the containers, of this agent and of others on the board. */
async function removeIfEmpty(parent: string): Promise<void> {
  try {
    await removeGroup(parent)
  } catch (error) {
    if (!['EBUSY', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw error
  }
}

const writeVersion1 = {
  memory: (group: string, bytes: number) => writeFile(`${group}/memory.limit_in_bytes`, String(bytes)),
  async cpu(group: string, microseconds: number): Promise<void> {
    await writeFile(`${group}/cpu.cfs_period_us`, String(periodMicroseconds))
    await writeFile(`${group}/cpu.cfs_quota_us`, String(microseconds))
  },
}

const writeVersion2 = {
  memory: (group: string, bytes: number) => writeFile(`${group}/memory.max`, String(bytes)),
  cpu: (group: string, microseconds: number) => writeFile(`${group}/cpu.max`, `${microseconds} ${periodMicroseconds}`),
}

/** Version 2 hands controllers down only where told to, one level at a time. */
async function delegate(folder: string, parents: Parents): Promise<void> {
  for (const controller of ['cpu', 'memory'] as const) {
    if (parents[controller] !== undefined) await writeFile(`${folder}/cgroup.subtree_control`, `+${controller}`)
  }
}

async function removeGroup(group: string): Promise<void> {
  try {
    await rmdir(group)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function groupsBelow(folder: string, usable: boolean): string | undefined {
  return usable ? `${folder}/piccolo` : undefined
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return existsSync(`${folder}/cgroup.procs`)
  } catch {
    return false
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
