import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from './disk-error.js'

/** Names that start so are a disk's own; no listing shows them. */
export const ownPrefix = '.piccolo-'

/** Tells this process from an earlier one that had the same id: boards number their first processes alike at every boot. */
const thisProcess = randomBytes(4).toString('hex')

/** Carries who writes it, so that a later start can tell a leftover from a file being written now. */
const temporaryName = /^\.piccolo-(\d+)-([0-9a-f]+)-[0-9a-f]+\.tmp$/

/** Makes a file's content, or a folder's entries, survive a power cut. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some file systems can't sync a folder; what they have is all there is.
    if (!['EINVAL', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}

/** Makes a folder and its parents, private, each one's entry durable. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncPath(dirname(made))
}

/** Writes beside the file and renames over it: whoever reads sees the old content or the new one. */
export async function replaceFile(path: string, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `${ownPrefix}${process.pid}-${thisProcess}-${randomBytes(6).toString('hex')}.tmp`)
  try {
    const handle = await open(temporary, 'wx', mode ?? 0o600)
    try {
      if (mode !== undefined) await handle.chmod(mode) // the mode of open is cut by the umask
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
  await syncPath(folder)
}

/** Appends; a file that this makes is in its folder for good, only its content waits for a sync. */
export async function appendFile(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await openToAppend(path)
  try {
    await handle.writeFile(bytes)
  } finally {
    await handle.close()
  }
}

async function openToAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_APPEND)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  const folder = dirname(path)
  await makeFolder(folder)
  const handle = await open(path, 'a', 0o600)
  await syncPath(folder)
  return handle
}

/** Removes what writers that were killed left half-written in a folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const [, pid, writer] = temporaryName.exec(name) ?? []
    if (pid === undefined || writer === thisProcess) continue
    if (Number(pid) !== process.pid && runs(Number(pid))) continue
    await rm(join(folder, name), { force: true }).catch(() => undefined)
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
