import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { codeOf } from '../errors.js'

/** Far more than a supervisor ever writes. */
const mostBytes = 4_096

/**
 * Opens a file in a folder that belongs to the container's user, who may put anything in its place: a link to a file that is not
 * theirs, a pipe that never answers. What is not a plain file is undefined, the same as what is not there.
 */
export async function openGuarded(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    // ELOOP: a link. ENXIO: a socket.
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  return undefined
}

/** A small file as it stands, and when it was written. */
export async function readGuarded(path: string): Promise<{ readonly text: string; readonly changedAtMs: number } | undefined> {
  const handle = await openGuarded(path)
  if (handle === undefined) return undefined
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(mostBytes), 0, mostBytes, 0)
    return { text: buffer.toString('utf8', 0, bytesRead), changedAtMs: Math.round((await handle.stat()).mtimeMs) }
  } finally {
    await handle.close()
  }
}
