import { spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PiccoloError, throwIfAborted } from '../errors/index.js'
import type { Cancel } from '../spi/index.js'
import { codeOf, diskError } from './disk-error.js'
import { makeFolder, ownPrefix } from './durable-files.js'

/** Who was killed a moment ago may not be quite gone yet. */
const retriesMs = [50, 150, 300, 500] as const

export interface DirectoryLockOptions {
  readonly signal: AbortSignal
  /** The program that asks the kernel for the lock; `flock` unless given. */
  readonly flock?: string
}

/**
 * Takes a directory for this process by a lock of the kernel's: nothing is left of it when the process ends, whatever way and
 * wherever (another boot, another container), and no number of a process can be mistaken for another's. `conflict` while somebody
 * has it, `unsupported` where there is no such lock.
 */
export async function lockDirectory(directory: string, { signal, flock = 'flock' }: DirectoryLockOptions): Promise<Cancel> {
  throwIfAborted(signal)
  await translated(directory, () => makeFolder(directory))
  for (const waitMs of retriesMs) {
    const held = process.platform === 'darwin' ? openLocked(directory) : await openAndLock(directory, { flock, signal })
    if (held !== undefined) return held
    await sleep(waitMs, undefined, { signal }).catch(() => throwIfAborted(signal))
  }
  throw new PiccoloError('conflict', `${directory} is in use by another process ("fuser -v ${directory}" shows which). End that one first, or use another directory.`, { details: { directory } })
}

/**
 * Linux: the lock belongs to the open directory, not to the program that asks for it. `flock` gets it as its file 3, locks it and
 * ends; it stays locked for as long as we have it open. The directory itself is locked, so a full or read-only one can be, too.
 */
async function openAndLock(directory: string, { flock, signal }: Required<DirectoryLockOptions>): Promise<Cancel | undefined> {
  const file = await translated(directory, () => Promise.resolve(openSync(directory, 'r')))
  const release = closing(file)
  const taken = await run(flock, { file, signal }).catch((error: unknown) => {
    release()
    throw error
  })
  if (taken) return release
  release()
  return undefined
}

/** Answers whether the file is ours now. */
function run(flock: string, { file, signal }: { readonly file: number; readonly signal: AbortSignal }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`
    const child = spawn(flock, ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', file], env: { PATH: path, LC_ALL: 'C' }, signal })
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { complaint = (complaint + text).slice(0, 500) })
    child.once('error', (error) => reject(signal.aborted ? new PiccoloError('aborted', 'The operation was aborted.', { cause: error }) : unsupported(error.message, error)))
    child.once('close', (code) => {
      if (code === 0) resolve(true)
      else if (code === 1 && complaint === '') resolve(false)
      else reject(unsupported(complaint.trim()))
    })
  })
}

/** macOS locks a file as it opens it (O_EXLOCK), and has no `flock` to run. */
function openLocked(directory: string): Cancel | undefined {
  const exclusive = 0x20
  const path = join(directory, `${ownPrefix}lock`)
  try {
    return closing(openSync(path, constants.O_RDONLY | constants.O_CREAT | constants.O_NONBLOCK | exclusive, 0o600))
  } catch (error) {
    if (['EAGAIN', 'EWOULDBLOCK'].includes(codeOf(error) ?? '')) return undefined
    throw diskError(error, 'lock', path)
  }
}

function closing(file: number): Cancel {
  let open = true
  return () => {
    if (open) closeSync(file)
    open = false
  }
}

function unsupported(reason: string, cause?: unknown): PiccoloError {
  return new PiccoloError('unsupported', `This machine offers no lock for directories (${reason}). Install flock (util-linux or busybox has it).`, { cause })
}

async function translated<Result>(directory: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw diskError(error, 'lock', directory)
  }
}
