import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PiccoloError } from '@piccolo/core/spi'
import { standardPath } from '../board/find-program.js'
import { orAbsent, systemError } from '../errors.js'
import type { ContainerRecord } from './container-files.js'
import { killGroup } from './signals.js'

const readBytes = 4_096
/** The supervisor looks at the size of a file after so many reads. */
const mostReads = 64
/** Two streams, two files each. */
const logFiles = 4

export interface SupervisorParts {
  readonly folder: string
  readonly record: ContainerRecord
  readonly run: string
  readonly bootId: string
  readonly setsid: string
  readonly logBytes: number
  /** Puts the supervisor, and so whatever it starts, under the container's limits. */
  confine(pid: number): Promise<void>
  /** Called when a supervisor that this process started has ended. */
  ended(): void
}

/** One that this process started. */
export interface Supervisor {
  /** What it has not written down by then it never will. */
  hasEnded(): boolean
  /** Ends it; one that is gone is no error. */
  end(): void
}

/** Starts a supervisor of its own session, which does not end with this process. The container runs from its next moment on. */
export async function startSupervisor({ folder, record, run, bootId, setsid, logBytes, confine, ended }: SupervisorParts): Promise<Supervisor> {
  // A file may outgrow `most` by the reads between two looks: half a file's share at most.
  const share = Math.floor(logBytes / logFiles)
  const reads = Math.max(1, Math.min(mostReads, Math.floor(share / 2 / readBytes)))
  const most = Math.max(1, share - reads * readBytes)
  // Not in `run`, where the container's user could lay a link.
  const trouble = openSync(join(folder, 'trouble'), 'w', 0o600)
  try {
    const child = spawn('/bin/sh', ['run/supervisor', record.name, setsid, String(reads), String(most), run, bootId, record.stdin ? 'open' : 'empty'], {
      cwd: folder, detached: true, env: { PATH: standardPath, LC_ALL: 'C' }, stdio: ['pipe', 'ignore', trouble], ...record.user,
    })
    child.once('exit', ended)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    const go = child.stdin
    go?.on('error', () => undefined) // a supervisor that is gone already shows by its absence
    try {
      await confine(child.pid ?? 0)
    } catch (error) {
      go?.end() // without the line it ends by itself
      throw error
    }
    go?.end('go\n')
    child.unref()
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
    return { hasEnded, end: () => { if (!hasEnded()) killGroup(child.pid ?? 0) } }
  } catch (error) {
    throw systemError(error, `Starting ${record.name}`)
  } finally {
    closeSync(trouble)
  }
}

/** Why a supervisor could not begin, as far as it said. */
export async function troubleOf(folder: string, record: ContainerRecord): Promise<PiccoloError> {
  const said = ((await orAbsent(readFile(join(folder, 'trouble'), 'utf8'))) ?? '').trim().slice(-1_000)
  return new PiccoloError('unavailable', `${record.name} could not be started${said === '' ? '' : `: ${said}`}. Check that ${folder} can be written to and is not full.`)
}
