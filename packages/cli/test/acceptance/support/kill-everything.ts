import { readdir, readFile } from 'node:fs/promises'
import { killProcess } from '../../../../../tooling/vitest/processes.js'

/**
 * Kills what runs in a Podman of its own as a power cut would: no conmon is left to write down how its container ended. Answers the
 * processes it killed.
 */
export async function killEverything(directory: string): Promise<readonly number[]> {
  const processes = await seenProcesses()
  const own = processes.filter(({ words }) => /(^|\/)(podman|conmon)$/.test(words[0] ?? '') && words.some((word) => word.startsWith(`${directory}/`)))
  const watchers = own.map(({ pid }) => pid)
  const watched = processes.filter(({ parent }) => watchers.includes(parent)).map(({ pid }) => pid)
  const all = [...new Set([...watchers, ...watched])]
  for (const pid of all) killProcess(pid)
  return all
}

/** Whether there is such a process; one that has ended and was not waited for is none. */
export async function isLiving(pid: number): Promise<boolean> {
  return (await seenProcess(pid)) !== undefined
}

interface SeenProcess {
  readonly pid: number
  readonly parent: number
  readonly words: readonly string[]
}

async function seenProcesses(): Promise<readonly SeenProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(seenProcess))
  return found.filter((each) => each !== undefined)
}

async function seenProcess(pid: number): Promise<SeenProcess | undefined> {
  try {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8')
    const [state = 'X', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return { pid, parent: Number(parent), words: (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8')).split('\0') }
  } catch {
    return undefined // gone in between
  }
}
