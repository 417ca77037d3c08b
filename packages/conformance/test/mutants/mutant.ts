import { setMaxListeners } from 'node:events'
import type { Provide } from '@piccolo/conformance'
import type { AdapterContext } from '@piccolo/core/spi'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'

/** An adapter broken on purpose, and the case that must notice. */
export interface Mutant<Subject> {
  /** What it does, after "an adapter that …". */
  readonly name: string
  readonly killedBy: string
  readonly provide: Provide<Subject>
}

export const never = neverAborted()

/** Many mutants listen to it at once; Node would take that for a leak. */
function neverAborted(): AbortSignal {
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  return signal
}

let seed = 1
export const context = (): AdapterContext => ({ clock: manualClock(), random: seededRandom(seed++), logger: silentLogger })

/** A subject that leaves nothing behind. */
export function subjectOf<Subject>(make: () => Subject | Promise<Subject>): Provide<Subject> {
  return async () => ({ subject: await make(), dispose: () => Promise.resolve() })
}

/** The original with some members replaced; the others go on working on the original. */
export function changed<T extends object>(original: T, changes: Partial<T>): T {
  return new Proxy(original, {
    get(target, key) {
      if (Object.hasOwn(changes, key)) return Reflect.get(changes, key) as unknown
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** What a mutation makes of one method; the rest of the port stays. */
export type Alter = <T extends object>(real: T, method: keyof T) => Partial<T>

type Method = (...args: readonly unknown[]) => Promise<unknown>

/** Takes no notice of its signal. */
export const deaf: Alter = (real, method) => alter(real, method, (call) => (...args) => call(...args.map((arg) => (arg instanceof AbortSignal ? never : arg))))

/** Aborted on its way, it fails with whatever the signal holds: what fetch, fs and events do. */
export const hasty: Alter = (real, method) => alter(real, method, (call) => (...args) => {
  const signal = args.find((arg) => arg instanceof AbortSignal)
  const cut = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => { reject(signal.reason) }))
  return Promise.race([nextTurn().then(() => call(...args)), cut])
})

/** For every case about an aborted call: both ways to break it. */
export function abortMutants<Subject>(rows: Readonly<Record<string, (alter: Alter) => Provide<Subject>>>): readonly Mutant<Subject>[] {
  return Object.entries(rows).flatMap(([killedBy, provide]) => [
    { killedBy, name: 'goes on although it was aborted', provide: provide(deaf) },
    { killedBy, name: 'ends in an error of its own when it is aborted on its way', provide: provide(hasty) },
  ])
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function alter<T extends object>(real: T, method: keyof T, around: (call: Method) => Method): Partial<T> {
  // Every method that these are for takes a signal and answers with a promise.
  const call = (real[method] as Method).bind(real)
  return { [method]: around(call) } as Partial<T>
}
