import { PiccoloError, type Principal } from '@piccolo/core/spi'
import type { ApiContext, ApiScope } from '../scope.js'

/** Watches over the caller of an open stream. */
export interface StillProven {
  /** Aborts, with what to tell, when the caller may not listen any longer. */
  readonly signal: AbortSignal
  release(): void
}

/** Asks again and again, one question at a time. What can't be proven now, for whatever reason, is not proven. */
export function stillProven({ clock, limits }: ApiScope, context: ApiContext): StillProven {
  const { principal } = context.get('caller')
  const prove = context.get('prove')
  const turnedAway = new AbortController()
  let released = false
  let cancel = (): void => undefined

  const askLater = (): void => { cancel = clock.schedule(limits.proofMs, () => { void ask() }) }
  const ask = async (): Promise<void> => {
    const obstacle = await prove().then((now) => changed(principal, now), tellable)
    if (released) return
    if (obstacle === undefined) askLater()
    else turnedAway.abort(obstacle)
  }

  askLater()
  return {
    signal: turnedAway.signal,
    release() {
      released = true
      cancel()
    },
  }
}

/** Another role is judged where it always is: when the stream is opened again. */
function changed(before: Principal, now: Principal): PiccoloError | undefined {
  const same = before.kind === 'person' && now.kind === 'person' && before.name === now.name && before.role === now.role
  return same ? undefined : new PiccoloError('unavailable', 'Who you are here, or what you may do, was changed. Open the stream again.')
}

/** A proof that holds is heard however many others failed: to be turned away for those means that this one failed as well. */
function tellable(error: unknown): PiccoloError {
  const known = PiccoloError.from(error)
  return known.code === 'resource-exhausted' ? new PiccoloError('unauthenticated', 'The proof with which this stream was opened holds no longer.', { cause: known }) : known
}
