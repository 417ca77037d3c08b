import { statSync, watch, type BigIntStats, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Cancel } from '../spi/index.js'

const retryMs = 1_000

/**
 * Watches a path that may not exist yet, through the nearest folder that does. Watching folders, not the file, survives
 * editors that write a new file and rename it over the old one. Whatever happens beside the file is compared away by its
 * signature; what happens to the file itself is always told, since a write can leave size and time as they were.
 */
export function watchPath(path: string, changed: () => void): Cancel {
  let watcher: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined
  let watched = ''
  let seen = signatureOf(path)

  const look = (touched: boolean): void => {
    const now = signatureOf(path)
    if (!touched && now === seen) return
    seen = now
    changed()
  }
  const onEvent = (folder: string, name: string | null): void => {
    look(folder === dirname(path) && (name === null || name === basename(path)))
    if (identityOf(nearestFolder(path)) !== watched) arm(retryLater)
  }
  const retryLater = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => arm(retryLater), retryMs)
  }
  const arm = (failed: (error: unknown) => void): void => {
    watcher?.close()
    const folder = nearestFolder(path)
    try {
      watched = identityOf(folder)
      watcher = watch(folder, (_type, name) => onEvent(folder, name))
      watcher.on('error', retryLater)
    } catch (error) {
      failed(error)
      return
    }
    // What happened between the last look and the watch has no event of its own.
    look(false)
    if (identityOf(nearestFolder(path)) !== watched) arm(failed)
  }

  arm((error) => {
    throw error
  })
  return () => {
    clearTimeout(timer)
    watcher?.close()
    changed = () => undefined
  }
}

function nearestFolder(path: string): string {
  const folder = dirname(path)
  return folder === path || statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? folder : nearestFolder(folder)
}

/** Follows links: a file can change by what its link, or a folder above it, points to. */
function signatureOf(path: string): string {
  const found = stat(path)
  return found === undefined ? 'absent' : [found.dev, found.ino, found.size, found.mtimeNs].join(' ')
}

function identityOf(folder: string): string {
  const found = stat(folder)
  return found === undefined ? 'absent' : [folder, found.dev, found.ino].join(' ')
}

function stat(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true })
  } catch {
    return undefined
  }
}
