import { AssertionError } from 'node:assert'

/** How long the suites wait for anything before they call the claim broken, unless a subject says otherwise. Only a broken adapter is waited for. */
const patienceMs = 5_000

/** What a subject may say about time. */
export interface Patience {
  /** Longest wait for anything that the port promises, in milliseconds; 5 000 unless given. */
  readonly deadlineMs?: number
}

/** The promise's outcome, or a failed claim that says what did not come. */
export async function within<T>({ deadlineMs = patienceMs }: Patience, what: string, promise: Promise<T>, more: () => string = () => ''): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AssertionError({ message: `not within ${deadlineMs} ms: ${what}${more()}` })), deadlineMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves once a number has stopped to grow; what grows without end is a failed claim after the deadline. */
export async function stalls({ deadlineMs = patienceMs }: Patience, what: string, count: () => number): Promise<void> {
  const lookMs = 50
  let steady = 0
  for (let [passedMs, seen] = [0, count()]; passedMs < deadlineMs; passedMs += lookMs) {
    await new Promise((resolve) => setTimeout(resolve, lookMs))
    steady = count() === seen ? steady + 1 : 0
    seen = count()
    if (steady === 3) return
  }
  throw new AssertionError({ message: `${what} went on for ${deadlineMs} ms` })
}

/** Waits for all of them, and fails as the first in the list that failed: a case leaves nothing running behind. */
export async function settled(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) if (outcome.status === 'rejected') throw outcome.reason
}

/** Looked at later: if it fails meanwhile, and the case fails of something else, nobody is to call that unhandled. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
