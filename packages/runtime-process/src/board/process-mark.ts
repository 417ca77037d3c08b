import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process told from every later one that gets the same number. */
export interface ProcessMark {
  readonly pid: number
  /** When it started: ticks since boot from /proc, or the text of `ps -o lstart=` where there is no /proc. */
  readonly start: string
}

/** Whether this very process still runs. One that has ended and was not yet waited for does not. */
export function isAlive({ pid, start }: ProcessMark): boolean {
  return /^\d+$/.test(start) ? startOf(pid) === start : psStartOf(pid) === start
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in brackets may hold anything; the fields after it are numbered from 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state] = fields
    return state === 'Z' || state === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function psStartOf(pid: number): string | undefined {
  try {
    const found = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeout: 5_000 })
    const [, state, start] = /^\s*(\S+)\s+(.*?)\s*$/.exec(found) ?? []
    return state?.startsWith('Z') === true ? undefined : start
  } catch {
    return undefined
  }
}
