import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PiccoloError } from '@piccolo/core/spi'
import { translateFile } from '../errors.js'

/** A socket's path may have 107 bytes; the file name takes up to 30 of them. */
const longest = 70

/** Makes the directory for the sockets, for this user alone, and clears away what ended processes left in it. */
export async function prepareSocketDirectory(directory: string, uid: number): Promise<void> {
  if (Buffer.byteLength(directory) > longest) {
    throw new PiccoloError('invalid-argument', `The path ${directory} is too long for sockets (over ${longest} bytes): set socketDirectory to a shorter one.`)
  }
  const doing = `Preparing ${directory} for sockets`
  const facts = await mkdir(directory, { recursive: true, mode: 0o700 })
    .then(() => lstat(directory))
    .catch((error: unknown) => { throw translateFile(doing, error) })
  // Whoever can write here could pose as Podman.
  if (!facts.isDirectory() || facts.uid !== uid || (facts.mode & 0o022) !== 0) {
    throw new PiccoloError('permission-denied', `${directory} must be a directory that only this user can write to: mend it, or set socketDirectory.`)
  }
  await sweep(directory).catch((error: unknown) => { throw translateFile(doing, error) })
}

async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = /^podman-(\d+)-/.exec(name)?.[1]
    if (owner !== undefined && !isAlive(Number(owner))) await rm(join(directory, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
