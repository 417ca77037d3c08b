import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PiccoloError, type ManifestFile } from '@piccolo/core/spi'
import { systemFailure } from './system-error.js'
import type { CliHost } from '../host.js'

/** The files that `-f` names: a file, a folder's *.yaml and *.yml in order of name, or `-` for standard input. */
export async function readManifests(host: Pick<CliHost, 'readInput'>, names: readonly string[]): Promise<readonly ManifestFile[]> {
  const files: ManifestFile[] = []
  for (const name of names) {
    if (name === '-') files.push({ name: 'stdin', text: utf8(await host.readInput(), 'stdin') })
    else for (const path of await filesOf(name)) files.push({ name: path, text: utf8(await read(path, (file) => readFile(file)), path) })
  }
  return files
}

async function filesOf(name: string): Promise<readonly string[]> {
  if (!(await read(name, (file) => stat(file))).isDirectory()) return [name]
  const found = (await read(name, (folder) => readdir(folder))).filter((entry) => /\.ya?ml$/i.test(entry)).sort()
  if (found.length === 0) throw new PiccoloError('invalid-argument', `${name} has no *.yaml or *.yml in it`)
  return found.map((entry) => join(name, entry))
}

async function read<T>(path: string, how: (path: string) => Promise<T>): Promise<T> {
  try {
    return await how(path)
  } catch (error) {
    throw new PiccoloError('invalid-argument', `Cannot read ${path}: ${systemFailure(error).reason}`, { cause: error })
  }
}

function utf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new PiccoloError('invalid-argument', `${name} is not valid UTF-8`, { cause: error })
  }
}
