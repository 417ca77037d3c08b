import { readdir, readFile, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { PiccoloError, throwIfAborted } from '../errors/index.js'
import type { Disk } from '../spi/index.js'
import { lockDirectory } from './directory-lock.js'
import { codeOf, diskError } from './disk-error.js'
import { appendFile, makeFolder, ownPrefix, removeLeftovers, replaceFile, syncPath } from './durable-files.js'
import { volatileFolder } from './volatile-folder.js'
import { watchPath } from './watch-path.js'

/**
 * Files under one directory, which is made when it is first written to. Writes to one path take effect in the order of the
 * calls. Files are private (0600) unless a mode is given. Refuses paths that lead out of the directory with
 * `invalid-argument`; a full disk is `resource-exhausted`, and the message says which.
 */
export function systemDisk(directory: string): Disk {
  const root = resolve(directory)
  let volatile: Disk | undefined
  return {
    ...filesUnder(() => root),
    get volatile() {
      volatile ??= volatileDisk(root)
      return volatile
    },
  }
}

/** Its folder is looked for at the first use: making a disk touches nothing. */
function volatileDisk(directory: string): Disk {
  let found: string | undefined
  const root = (): string => {
    try {
      found ??= volatileFolder(directory)
      return found
    } catch (error) {
      throw diskError(error, 'make a volatile folder for', directory)
    }
  }
  const disk: Disk = { ...filesUnder(root), get volatile() { return disk } }
  return disk
}

function filesUnder(root: () => string): Omit<Disk, 'volatile'> {
  const queues = new Map<string, Promise<unknown>>()
  const tidied = new Set<string>()

  const inOrder = async (path: string, work: () => Promise<void>): Promise<void> => {
    const turn = (queues.get(path) ?? Promise.resolve()).then(work)
    const settled = turn.catch(() => undefined)
    queues.set(path, settled)
    try {
      await turn
    } finally {
      if (queues.get(path) === settled) queues.delete(path)
    }
  }
  const attempt = async <Result>(doing: string, path: string, work: (file: string) => Promise<Result>): Promise<Result> => {
    const file = within(root(), path)
    try {
      return await work(file)
    } catch (error) {
      throw diskError(error, doing, file)
    }
  }
  const change = (doing: string, path: string, { signal, work }: { readonly signal: AbortSignal; readonly work: (file: string) => Promise<unknown> }): Promise<void> =>
    attempt(doing, path, (file) => inOrder(file, async () => {
      throwIfAborted(signal)
      await work(file)
    }))

  return {
    async read(path, signal) {
      throwIfAborted(signal)
      return await attempt('read', path, async (file) => {
        const bytes = await orAbsent(readFile(file))
        return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      })
    },
    async replace(path, bytes, signal, options = {}) {
      await change('write', path, { signal, async work(file) {
        const folder = dirname(file)
        await makeFolder(folder)
        if (!tidied.has(folder)) await removeLeftovers(folder)
        tidied.add(folder)
        await replaceFile(file, bytes, options.mode)
      } })
    },
    async append(path, bytes, signal) {
      await change('append to', path, { signal, work: (file) => appendFile(file, bytes) })
    },
    async sync(path, signal) {
      await change('sync', path, { signal, work: (file) => orAbsent(syncPath(file)) })
    },
    async remove(path, signal) {
      await change('remove', path, { signal, work: (file) => rm(file, { force: true }) })
    },
    async list(path, signal) {
      throwIfAborted(signal)
      const names = await attempt('list', path, async (folder) => await orAbsent(readdir(folder)) ?? [])
      return names.filter((name) => !name.startsWith(ownPrefix)).sort()
    },
    watch(path, changed) {
      const file = within(root(), path)
      try {
        return watchPath(file, changed)
      } catch (error) {
        throw watchError(error, file)
      }
    },
    async lock(signal) {
      return await lockDirectory(root(), { signal })
    },
    async free(signal) {
      throwIfAborted(signal)
      return await attempt('measure', '', async (folder) => {
        const { bavail, blocks, bsize } = await statfs(await nearestExisting(folder))
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
      })
    },
  }
}

/** To inotify, "no space" means no watch left. */
function watchError(error: unknown, path: string): PiccoloError {
  if (codeOf(error) !== 'ENOSPC') return diskError(error, 'watch', path)
  return new PiccoloError('resource-exhausted', `Cannot watch ${path}: no file watch is left. Raise the sysctl fs.inotify.max_user_watches.`, {
    details: { path }, cause: error,
  })
}

/** '' is the directory itself. */
function within(root: string, path: string): string {
  const parts = path === '' ? [] : path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0') || part.startsWith(ownPrefix))) {
    throw new PiccoloError('invalid-argument', `"${path}" is no path within ${root}: expected names separated by "/", without "..".`, { details: { path } })
  }
  return join(root, ...parts)
}

async function orAbsent<Result>(found: Promise<Result>): Promise<Result | undefined> {
  try {
    return await found
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function nearestExisting(folder: string): Promise<string> {
  const found = await orAbsent(stat(folder))
  return found !== undefined || dirname(folder) === folder ? folder : await nearestExisting(dirname(folder))
}
