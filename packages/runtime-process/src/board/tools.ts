import { PiccoloError } from '@piccolo/core/spi'
import { findProgram, standardPath } from './find-program.js'

export interface Tools {
  /** Empty where the shell itself gives a background job a process group (macOS). */
  readonly setsid: string
}

/** What the supervisor is made of; every board with a POSIX shell or busybox has it. */
const needed = ['sh', 'dd', 'mv', 'rm', 'mkfifo', 'sleep', 'wc'] as const

/** Throws `unavailable` naming what to install. */
export function findTools(): Tools {
  const find = (name: string): string | undefined => findProgram(name, { path: standardPath, folder: '/' })
  const setsid = find('setsid')
  const missing = [...needed.filter((name) => find(name) === undefined), ...(setsid === undefined && process.platform !== 'darwin' ? ['setsid'] : [])]
  if (missing.length > 0 || process.platform === 'win32') {
    throw new PiccoloError('unavailable', `runtime-process needs ${[...needed, 'setsid'].join(', ')} in ${standardPath}; missing here: ${missing.join(', ')}. Install coreutils and util-linux, or busybox.`)
  }
  return { setsid: setsid ?? '' }
}
