import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import { fileError, isMissing, isTaken } from './file-error.js'
import type { SharedFiles } from './private-files.js'

/** Private files in a directory of the machine, which is made (mode 0700) when it is first written to. */
export function directoryFiles(directory: string): SharedFiles {
  const place = resolve(directory)
  return {
    place,
    read: (name, signal) => readText(join(place, name), { secret: false }, signal),
    readSecret: (name, signal) => readText(join(place, name), { secret: true }, signal),
    async replace(name, text, signal) {
      throwIfAborted(signal)
      await translated(place, async () => {
        await makeDirectory(place)
        await replaceFile(place, name, text)
      })
    },
    async create(name, text, signal) {
      throwIfAborted(signal)
      return translated(place, async () => {
        await makeDirectory(place)
        return createFile(place, name, text)
      })
    },
    async rename(from, to, signal) {
      throwIfAborted(signal)
      return translated(place, () => renameFile(place, from, to))
    },
    async stamp(name, signal) {
      throwIfAborted(signal)
      return translated(place, () => stampOf(join(place, name)))
    },
  }
}

async function readText(path: string, { secret }: { readonly secret: boolean }, signal: AbortSignal): Promise<string | undefined> {
  throwIfAborted(signal)
  return translated(path, async () => {
    const file = await open(path, 'r').catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (file === undefined) return undefined
    try {
      if (secret) refuseTooOpen(path, (await file.stat()).mode)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  })
}

function refuseTooOpen(path: string, mode: number): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  throw new PiccoloError('failed-precondition', `The private key ${path} can be read by others (mode ${(mode & 0o777).toString(8)}). If nobody has copied it, run \`chmod 600 ${path}\` and start again.`, { details: { path } })
}

async function makeDirectory(place: string): Promise<void> {
  const made = await mkdir(place, { recursive: true, mode: 0o700 })
  if (made !== undefined) return syncFolder(dirname(made))
  const { mode } = await stat(place)
  if (process.platform === 'win32' || (mode & 0o022) === 0) return
  throw new PiccoloError('failed-precondition', `Others may write to ${place} (mode ${(mode & 0o777).toString(8)}) and could swap the keys in it. Run \`chmod 700 ${place}\` and start again.`, { details: { path: place } })
}

async function replaceFile(place: string, name: string, text: string): Promise<void> {
  // Always the same temporary name: what a crash leaves behind is overwritten, not collected.
  const temporary = join(place, `.${name}.new`)
  await writeNew(temporary, text)
  await rename(temporary, join(place, name))
  await syncFolder(place)
}

async function createFile(place: string, name: string, text: string): Promise<boolean> {
  // A name of its own: two processes may be at it at once.
  const temporary = join(place, `.${name}.${randomUUID()}`)
  await writeNew(temporary, text)
  try {
    await link(temporary, join(place, name))
    return true
  } catch (error) {
    if (isTaken(error)) return false
    throw error
  } finally {
    await rm(temporary, { force: true })
    await syncFolder(place)
  }
}

async function renameFile(place: string, from: string, to: string): Promise<boolean> {
  try {
    await rename(join(place, from), join(place, to))
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
  await syncFolder(place)
  return true
}

async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return [ino, size, mtimeMs].join(' ')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  await rm(path, { force: true })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a rename survive a power cut. Windows can't open folders and orders renames by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function translated<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw PiccoloError.is(error) ? error : fileError(path, error)
  }
}
