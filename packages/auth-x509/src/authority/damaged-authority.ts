import { PiccoloError } from '@piccolo/core/spi'

/** For what can't be an authority any more, and can't be mended by us. */
export function damagedAuthority(place: string, what: string, cause?: unknown): PiccoloError {
  return new PiccoloError('corrupt', `The cluster's authority in ${place} is damaged: ${what}. Restore the directory from a backup. Without one, every node must join anew: move the directory away and start the master once with newAuthority (--new-authority).`, { cause })
}
