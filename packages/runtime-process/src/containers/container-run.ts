import { join } from 'node:path'
import { isAlive, type ProcessMark } from '../board/process-mark.js'
import { readGuarded } from './guarded-file.js'

/** The latest run of a container, as its supervisor wrote it down. */
export interface ContainerRun {
  readonly run: string
  readonly supervisor: ProcessMark
  readonly command: ProcessMark
  readonly startedAtMs: number
  /** Absent while the command runs. */
  readonly end?: { readonly exitCode: number; readonly atMs?: number }
  /** Whether somebody waits for the command to end. Without, its exit code can't be known. */
  readonly supervised: boolean
  /** Of another boot nothing is left: the numbers of its processes are others' by now, their starting times perhaps as well. */
  readonly thisBoot: boolean
}

/** A command that was cut off together with its supervisor, by a power cut or a kill, ended as if by SIGKILL. */
const cutOff = { exitCode: 137 } as const

/** Undefined for a container that never ran. */
export async function readRun(folder: string, bootId: string): Promise<ContainerRun | undefined> {
  const started = await readStart(folder)
  if (started === undefined) return undefined
  const { run, bootId: startedIn, supervisor, command, startedAtMs } = started
  const thisBoot = startedIn === bootId
  const base = { run, supervisor, command, startedAtMs, thisBoot }
  const supervised = thisBoot && isAlive(supervisor)
  const running = supervised || (thisBoot && isAlive(command))
  // Last, for a supervisor writes it just before it goes.
  const end = await readEnd(folder, run)
  if (end !== undefined) return { ...base, end, supervised: false }
  return running ? { ...base, supervised } : { ...base, end: cutOff, supervised: false }
}

/** How this run ended, if it did and was written down. */
export async function readEnd(folder: string, run: string): Promise<{ readonly exitCode: number; readonly atMs: number } | undefined> {
  const file = await readGuarded(join(folder, 'run/exit'))
  const [endedRun, code] = file?.text.split(/\s/) ?? []
  return file === undefined || endedRun !== run ? undefined : { exitCode: Number(code), atMs: file.changedAtMs }
}

/** Whether all that the run printed is in its logs. */
export async function outputEnded(folder: string, run: string): Promise<boolean> {
  return (await readGuarded(join(folder, 'run/ended')))?.text.trim() === run
}

async function readStart(folder: string): Promise<Pick<ContainerRun, 'run' | 'supervisor' | 'command' | 'startedAtMs'> & { readonly bootId: string } | undefined> {
  const file = await readGuarded(join(folder, 'run/started'))
  const [run, bootId, supervisor, command] = file?.text.split('\n') ?? []
  if (file === undefined || run === undefined || bootId === undefined || supervisor === undefined || command === undefined) return undefined
  return { run, bootId, supervisor: markOf(supervisor), command: markOf(command), startedAtMs: file.changedAtMs }
}

function markOf(line: string): ProcessMark {
  const end = line.indexOf(' ')
  return { pid: Number(line.slice(0, end)), start: line.slice(end + 1).trim() }
}
