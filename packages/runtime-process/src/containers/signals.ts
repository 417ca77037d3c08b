import { isAlive, type ProcessMark } from '../board/process-mark.js'
import { codeOf, systemError } from '../errors.js'

/** Signals the process group that this very process leads; nothing if it has ended: its number may be another's by now. */
export function signalGroup(leader: ProcessMark, signal: 'SIGTERM' | 'SIGKILL'): void {
  // Below 2 are init, and the signs for "everybody" and "my own group".
  if (!Number.isInteger(leader.pid) || leader.pid < 2 || !isAlive(leader)) return
  signalled(-leader.pid, signal)
}

/** The group of a process that this one started and has not yet seen end: its number is still its own. */
export function killGroup(leader: number): void {
  if (Number.isInteger(leader) && leader > 1) signalled(-leader, 'SIGKILL')
}

export function killProcess(pid: number): void {
  if (Number.isInteger(pid) && pid > 1) signalled(pid, 'SIGKILL')
}

function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw systemError(error, `Sending ${signal} to process ${pid}`)
  }
}
