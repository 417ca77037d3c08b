import { readFile, stat } from 'node:fs/promises'
import { PiccoloError } from '@piccolo/core/spi'
import { systemFailure } from './system-error.js'

/** Reads a secret from a file whenever it is asked for: the command line is no place for one, other users can see it. */
export function secretFile(option: string, path: string): () => Promise<string> {
  return async () => {
    try {
      const { mode } = await stat(path)
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new PiccoloError('failed-precondition', `${option}: others can read ${path}. If nobody has, run \`chmod 600 ${path}\` and try again.`, { details: { path } })
      return await readFile(path, 'utf8')
    } catch (error) {
      if (PiccoloError.is(error)) throw error
      throw new PiccoloError('invalid-argument', `${option}: cannot read ${path} (${systemFailure(error).reason})`, { cause: error })
    }
  }
}
