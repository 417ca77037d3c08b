import { dirname } from 'node:path'
import { PiccoloError, type ErrorCode } from '../errors/index.js'

interface Remedy {
  readonly code: ErrorCode
  readonly text: (path: string) => string
}

const full: Remedy = { code: 'resource-exhausted', text: (path) => `there is no space left. Free some on that disk ("df -h ${dirname(path)}" shows it)` }
const denied: Remedy = { code: 'permission-denied', text: (path) => `permission denied. Make ${dirname(path)} readable and writable for the user this runs as` }
const blocked: Remedy = { code: 'failed-precondition', text: () => 'a part of it is a file where a folder is expected. Move that file away' }

const remedies: Readonly<Record<string, Remedy>> = {
  ENOSPC: full,
  EDQUOT: { code: 'resource-exhausted', text: () => 'the disk quota is used up. Free some space or raise the quota' },
  EMFILE: { code: 'resource-exhausted', text: () => 'too many files are open. Raise the limit of open files ("ulimit -n") or of fs.inotify.max_user_instances' },
  ENFILE: { code: 'resource-exhausted', text: () => 'the machine has too many files open. Raise the sysctl fs.file-max' },
  EACCES: denied,
  EPERM: denied,
  EROFS: { code: 'failed-precondition', text: (path) => `the file system is read-only. Mount ${dirname(path)} writable or choose another directory` },
  EISDIR: { code: 'failed-precondition', text: () => 'it is a folder where a file is expected. Move the folder away' },
  ENOTDIR: blocked,
  EEXIST: blocked,
  ENAMETOOLONG: { code: 'invalid-argument', text: () => 'the name is too long for the file system. Choose a shorter one' },
  EIO: { code: 'unavailable', text: () => 'the device reports an error. Check its health; the kernel log ("dmesg") tells more' },
}

/** What the file system said, as an error that names the path and what to do. */
export function diskError(error: unknown, doing: string, path: string): PiccoloError {
  if (PiccoloError.is(error)) return error
  const reason = codeOf(error)
  const remedy = reason === undefined ? undefined : remedies[reason]
  const text = remedy?.text(path) ?? (error instanceof Error ? error.message : String(error))
  return new PiccoloError(remedy?.code ?? 'internal', `Cannot ${doing} ${path}: ${text}.`, { details: { path, reason }, cause: error })
}

/** The system's name for what went wrong, e.g. `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
