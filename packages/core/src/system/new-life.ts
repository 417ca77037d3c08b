import { setMaxListeners } from 'node:events'

/** An abort controller that any number of waits may hang on: one life ends many things. */
export function newLife(): AbortController {
  const life = new AbortController()
  setMaxListeners(0, life.signal)
  return life
}
