import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PiccoloError } from '@piccolo/core/spi'
import { standardPath } from '../board/find-program.js'
import { orAbsent, systemError } from '../errors.js'
import type { ContainerRecord } from './container-files.js'

const blockBytes = 4_096
/** Two streams, two files each, each of which may begin with what an earlier run left. */
const shares = 8

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

/** Starts a supervisor of its own session, which does not end with this process. The container runs from its next moment on. */
export async function startSupervisor({ folder, record, run, bootId, setsid, logBytes, confine, ended }: SupervisorParts): Promise<void> {
  const blocks = Math.max(16, Math.floor(logBytes / shares / blockBytes))
  for (const stream of ['stdout', 'stderr']) await rotateIfFull(join(folder, `logs/${stream}.log`), blocks * blockBytes)
  const trouble = openSync(join(folder, 'run/trouble'), 'w', 0o600)
  try {
    const child = spawn('/bin/sh', ['run/supervisor', record.name, setsid, String(blocks), run, bootId, record.stdin ? 'open' : 'empty'], {
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
  } catch (error) {
    throw systemError(error, `Starting ${record.name}`)
  } finally {
    closeSync(trouble)
  }
}

/** Why a supervisor could not begin, as far as it said. */
export async function troubleOf(folder: string, record: ContainerRecord): Promise<PiccoloError> {
  const said = ((await orAbsent(readFile(join(folder, 'run/trouble'), 'utf8'))) ?? '').trim().slice(-1_000)
  return new PiccoloError('unavailable', `${record.name} could not be started${said === '' ? '' : `: ${said}`}. Check that ${folder} can be written to and is not full.`)
}

/** A run begins by appending: without this, many short ones would grow a file without bound. */
async function rotateIfFull(file: string, bytes: number): Promise<void> {
  const found = await orAbsent(stat(file))
  if (found !== undefined && found.size >= bytes) await rename(file, `${file}.1`)
}
