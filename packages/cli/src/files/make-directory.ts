import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { PiccoloError } from '@piccolo/core/spi'
import { isMissing, systemFailure } from './system-error.js'

/**
 * Makes a directory for this user alone, and what is missing above it; one that is there has to be writable. `option` names it in
 * the error: `permission-denied`, `resource-exhausted`, or `failed-precondition` for whatever else a person has to mend.
 */
export async function makeDirectory(option: string, directory: string): Promise<void> {
  const path = resolve(directory)
  try {
    // One by one: Node's recursive mkdir never comes back from file systems such as /proc, where nothing can be made.
    for (const missing of await missingFrom(path)) await make(missing)
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code, reason } = systemFailure(error)
    throw new PiccoloError(code, `${option}: cannot write to ${path} (${reason}). Name another directory, or mend it.`, { cause: error, details: { path } })
  }
}

async function make(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    // A master and an agent that start together share what is above their directories.
    if (!(await isDirectory(path))) throw error
  }
}

/** The part of the path that is not there yet, from the top. */
async function missingFrom(path: string): Promise<readonly string[]> {
  const missing: string[] = []
  for (let place = path; !(await isDirectory(place)); place = dirname(place)) missing.unshift(place)
  return missing
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
