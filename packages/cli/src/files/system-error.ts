import type { ErrorCode } from '@piccolo/core/spi'

export interface SystemFailure {
  readonly code: ErrorCode
  /** In words, e.g. `permission denied`. */
  readonly reason: string
}

/** What the operating system said of a file, as an error's code and in words: the same for every command. */
export function systemFailure(error: unknown): SystemFailure {
  const name = systemCode(error)
  return (name === undefined ? undefined : failures[name]) ?? { code: 'failed-precondition', reason: name ?? String(error) }
}

export function isMissing(error: unknown): boolean {
  const name = systemCode(error)
  return name === 'ENOENT' || name === 'ENOTDIR'
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

const denied: SystemFailure = { code: 'permission-denied', reason: 'permission denied' }
const full: SystemFailure = { code: 'resource-exhausted', reason: 'no space left' }
const inTheWay: SystemFailure = { code: 'failed-precondition', reason: 'a part of it is a file where a directory is expected' }

const failures: Readonly<Record<string, SystemFailure>> = {
  EACCES: denied,
  EPERM: denied,
  ENOSPC: full,
  EDQUOT: full,
  ENOTDIR: inTheWay,
  EEXIST: inTheWay,
  ENOENT: { code: 'failed-precondition', reason: 'no such file or directory' },
  EISDIR: { code: 'failed-precondition', reason: 'it is a directory' },
  EROFS: { code: 'failed-precondition', reason: 'the file system is read-only' },
}
