import type { Adapter, AdapterContext, Cancel, Clock } from '@piccolo/core/spi'

/**
 * What separates a program from the world, so that it can be killed in the middle of anything. Its timers and its ports are handed out
 * here. Once killed, nothing it does reaches the world and nothing of the world reaches it: it hangs where it stands and is forgotten.
 * What the world does for it at that moment still happens, as a write does that the kernel has taken.
 */
export class MemoryProcess {
  readonly clock: Clock
  readonly #timers = new Set<Cancel>()
  readonly #onKill = new Set<() => void>()
  readonly #ports = new WeakMap<object, object>()
  #isAlive = true

  constructor(clock: Clock) {
    this.clock = { ...clock, schedule: (delayMs, run) => this.#schedule(clock, delayMs, run) }
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** As kill -9. Idempotent. */
  kill(): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    for (const run of this.#onKill) run()
    this.#onKill.clear()
  }

  /** Calls `run` when the process is killed: for what the kernel does then. */
  onKill(run: () => void): void {
    this.#onKill.add(run)
  }

  /** A port as this process has it: the same, until it is killed. Whatever its methods answer is wrapped likewise. */
  port<Port extends object>(port: Port): Port {
    const known = this.#ports.get(port)
    if (known !== undefined) return known as Port // wrapped below
    const methods = new WeakMap<object, unknown>()
    const wrapped = new Proxy(port, { get: (target, name) => this.#member(target, name, methods) })
    this.#ports.set(port, wrapped)
    return wrapped
  }

  /** An adapter whose port is {@link port}. */
  adapter<Port extends object, Context extends AdapterContext>(adapter: Adapter<Port, Context>): Adapter<Port, Context> {
    return (context) => this.port(adapter(context))
  }

  #schedule(clock: Clock, delayMs: number, run: () => void): Cancel {
    if (!this.#isAlive) return () => undefined
    const cancel = clock.schedule(delayMs, () => {
      this.#timers.delete(forget)
      run()
    })
    const forget = (): void => {
      this.#timers.delete(forget)
      cancel()
    }
    this.#timers.add(forget)
    return forget
  }

  #member(target: object, name: string | symbol, methods: WeakMap<object, unknown>): unknown {
    const member: unknown = Reflect.get(target, name, target)
    if (typeof member !== 'function') return this.#answer(member)
    const known = methods.get(member)
    if (known !== undefined) return known
    const method = (...parameters: readonly unknown[]): unknown => (this.#isAlive ? this.#answer(Reflect.apply(member, target, parameters)) : unanswered())
    methods.set(member, method)
    return method
  }

  #answer(answer: unknown): unknown {
    if (answer instanceof Promise) return this.#promise(answer)
    if (isAsyncIterable(answer)) return this.port(answer)
    return isPortLike(answer) ? this.port(answer) : answer
  }

  #promise(promise: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => {
          if (this.#isAlive) resolve(this.#answer(value))
        },
        (error: unknown) => {
          // The error as it came: whoever catches it decides what it is.
          if (this.#isAlive) reject(error)
        },
      )
    })
  }
}

/** What a dead process gets for an answer: none, whether it awaits one or reads one after the other. */
function unanswered(): unknown {
  const silence = new Promise<never>(() => undefined)
  return Object.assign(silence, { [Symbol.asyncIterator]: () => ({ next: () => silence }) })
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** Something with methods, as facets, channels and listeners are; data is handed on as it is. */
function isPortLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== Object.prototype || Object.values(value).some((member) => typeof member === 'function')
}
