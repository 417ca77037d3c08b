import { newLife } from '../system/index.js'

export interface LinkedAbort extends Disposable {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}

/** An abort controller that follows its parent and lets go of it when disposed. */
export function linkedAbort(parent: AbortSignal): LinkedAbort {
  const controller = newLife()
  const follow = (): void => controller.abort(parent.reason)
  if (parent.aborted) follow()
  else parent.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => parent.removeEventListener('abort', follow),
  }
}
