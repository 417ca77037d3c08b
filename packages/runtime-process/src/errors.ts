import { PiccoloError, type ErrorCode } from '@piccolo/core/spi'

const remedies: Readonly<Record<string, { readonly code: ErrorCode; readonly text: string }>> = {
  ENOSPC: { code: 'resource-exhausted', text: 'there is no space left. Free some on that disk ("df -h" shows it); where it is a watch that failed, raise the sysctl fs.inotify.max_user_watches' },
  EDQUOT: { code: 'resource-exhausted', text: 'the disk quota is used up. Free some space or raise the quota' },
  EAGAIN: { code: 'resource-exhausted', text: 'the system allows no further process. Raise the limit of processes ("ulimit -u")' },
  ENOMEM: { code: 'resource-exhausted', text: 'there is no memory left. Free some' },
  EMFILE: { code: 'resource-exhausted', text: 'too many files are open. Raise "ulimit -n" or the sysctl fs.inotify.max_user_instances' },
  ENFILE: { code: 'resource-exhausted', text: 'the machine has too many files open. Raise the sysctl fs.file-max' },
  EACCES: { code: 'permission-denied', text: 'permission denied. Give the user that the agent runs as the right to do this' },
  EPERM: { code: 'permission-denied', text: 'the system does not permit it. Give the user that the agent runs as the right to do this' },
  EROFS: { code: 'failed-precondition', text: 'the file system is read-only. Choose a directory that can be written to' },
}

/** What the system said, as an error that tells what to do. */
export function systemError(error: unknown, doing: string): PiccoloError {
  if (PiccoloError.is(error)) return error
  const reason = codeOf(error)
  const remedy = reason === undefined ? undefined : remedies[reason]
  const text = remedy?.text ?? (error instanceof Error ? error.message : String(error))
  return new PiccoloError(remedy?.code ?? 'internal', `${doing} failed: ${text}.`, { details: { reason }, cause: error })
}

/** The system's name for what went wrong, e.g. `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What is not there is undefined; everything else that goes wrong is thrown. */
export async function orAbsent<Result>(found: Promise<Result>): Promise<Result | undefined> {
  try {
    return await found
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
