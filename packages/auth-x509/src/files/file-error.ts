import { PiccoloError } from '@piccolo/core/spi'

/** Says what a failed file operation means for the person who runs this. */
export function fileError(path: string, cause: unknown): PiccoloError {
  const options = { cause, details: { path } }
  switch (systemCode(cause)) {
    case 'EACCES':
    case 'EPERM':
      return new PiccoloError('permission-denied', `No permission for ${path}. Run as its owner, or choose another directory.`, options)
    case 'EROFS':
      return new PiccoloError('failed-precondition', `${path} is on a read-only file system. Choose a directory that can be written to.`, options)
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
      return new PiccoloError('failed-precondition', `${path}: a file is where a directory should be, or the other way round. Choose another directory.`, options)
    case 'ENOSPC':
    case 'EDQUOT':
      return new PiccoloError('resource-exhausted', `No space left for ${path}. Free some and try again.`, options)
    default:
      return new PiccoloError('unavailable', `${path} can't be read or written: ${cause instanceof Error ? cause.message : String(cause)}`, options)
  }
}

export function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT'
}

export function isTaken(error: unknown): boolean {
  return systemCode(error) === 'EEXIST'
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
