import { readdir, readFile } from 'node:fs/promises'

/** What a process holds of memory now, in MB (10⁶ bytes). */
export interface Memory {
  readonly rssMb: number
  readonly pssMb: number
  /** Pages that nobody else has: what would be free without it. */
  readonly privateMb: number
}

export async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const mb = (field: string): number => (numberAfter(text, field) * 1024) / 1e6
  return { rssMb: mb('Rss'), pssMb: mb('Pss'), privateMb: mb('Private_Clean') + mb('Private_Dirty') }
}

/** What it has used since it started. */
export interface Use {
  readonly cpuMs: number
  readonly diskBytes: number
}

export async function useOf(pid: number): Promise<Use> {
  return { cpuMs: await threadsMs(pid), diskBytes: numberAfter(await readFile(`/proc/${pid}/io`, 'utf8'), 'write_bytes') }
}

/** Of all its threads: `/proc/<pid>/schedstat` is the first one's alone. */
async function threadsMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const times = await Promise.all(threads.map(async (thread) => Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')).split(' ')[0]) / 1e6))
  return times.reduce((sum, each) => sum + each, 0)
}

function numberAfter(text: string, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]
  if (found === undefined) throw new Error(`The kernel tells no ${field}.`)
  return Number(found)
}
