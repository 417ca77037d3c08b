import { readFileSync } from 'node:fs'

/**
 * SIGKILL for one process; whether there was one. Anything but a process's own id is refused: to the kernel 0 and below mean whole groups,
 * and an id read from a file too early is 0.
 */
export function killProcess(pid: number): boolean {
  return killed(checked(pid))
}

/** The same for the process group that this process leads. */
export function killGroup(leader: number): boolean {
  return killed(-checked(leader))
}

/** Whether it runs; one that has ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    return process.platform === 'linux' ? !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${checked(pid)}/stat`, 'utf8')) : process.kill(checked(pid), 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

function checked(pid: number): number {
  if (!Number.isSafeInteger(pid) || pid < 2) throw new Error(`${pid} is no process that a test may kill.`)
  return pid
}

function killed(target: number): boolean {
  try {
    return process.kill(target, 'SIGKILL')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
