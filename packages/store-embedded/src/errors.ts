import { PiccoloError } from '@piccolo/core/spi'

/** The one place that knows what LevelDB and the file system call their failures. */
export function translated(error: unknown, directory: string): PiccoloError {
  if (PiccoloError.is(error)) return error
  const chain = causes(error)
  const text = chain.map(({ message }) => message).join(': ')
  const says = (...codes: readonly string[]): boolean => chain.some(({ code }) => code !== undefined && codes.includes(code))
  const options = { cause: error, details: { directory } }

  if (says('LEVEL_LOCKED')) {
    return new PiccoloError('failed-precondition',
      `Another process has the store in ${directory} open. Stop the other master, or give this one a directory of its own.`, options)
  }
  if (says('LEVEL_CORRUPTION') || (says('LEVEL_IO_ERROR') && /no such file/i.test(text))) return corruption(directory, text, error)
  if (says('ENOSPC', 'EDQUOT') || /no space left|disk quota exceeded/i.test(text)) {
    return diskFull(directory, error)
  }
  const denied = says('EACCES', 'EPERM') || /permission denied/i.test(text)
  if (denied || says('EROFS', 'ENOTDIR') || /read-only file system/i.test(text)) {
    return new PiccoloError(denied ? 'permission-denied' : 'failed-precondition',
      `The store can't write to ${directory}: ${text}. Let the user that runs the master own the directory.`, options)
  }
  return new PiccoloError('unavailable', `The store in ${directory} could not be reached: ${text}.`, options)
}

export function diskFull(directory: string, cause?: unknown): PiccoloError {
  return new PiccoloError('resource-exhausted', `The disk under ${directory} is full. Free some space; writing goes on by itself.`, {
    cause,
    details: { directory },
  })
}

/** Nothing in a damaged store is guessed at: a person decides. */
export function corruption(directory: string, what: string, cause?: unknown): PiccoloError {
  return new PiccoloError('corrupt',
    `The store in ${directory} is damaged (${what}). Restore the directory from a backup, or move it away to begin with an empty store.`,
    { cause, details: { directory } })
}

function causes(error: unknown): { readonly message: string; readonly code: string | undefined }[] {
  const chain: { message: string; code: string | undefined }[] = []
  for (let current = error; current instanceof Error && chain.length < 5; current = current.cause) {
    chain.push({ message: current.message, code: 'code' in current ? String(current.code) : undefined })
  }
  return chain.length > 0 ? chain : [{ message: String(error), code: undefined }]
}
