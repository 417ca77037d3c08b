import { PiccoloError } from '@piccolo/core/spi'

/** Podman says that a container or pod is gone by 404, or by 500 when it goes at that very moment. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (PiccoloError.is(error, 'not-found')) return undefined
    throw error
  }
}
