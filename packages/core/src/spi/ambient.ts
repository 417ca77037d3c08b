/** Stops the thing it was returned for; idempotent. */
export type Cancel = () => void

/** A point on the monotonic clock, in milliseconds since an arbitrary start. Only differences mean something. */
export type MonotonicMs = number

/** Time, injected so that a test or the simulator decides it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. For showing to people; never for order or durations. */
  wallMs(): number
  /** Monotonic clock in milliseconds; may stand still while the machine is suspended. */
  monotonicMs(): MonotonicMs
  /** Milliseconds since the machine booted, suspend included. */
  bootMs(): number
  /** Calls `run` once after at least `delayMs` (0 = next turn). The returned function cancels. */
  schedule(delayMs: number, run: () => void): Cancel
}

/** Chance, injected so that one seed decides it. */
export interface Random {
  /** A number in [0, 1). Not for secrets. */
  next(): number
  /** `length` bytes fit for keys and secrets. */
  bytes(length: number): Uint8Array
}

/** One log line: fields, then a constant message. pino's loggers fit as they are. */
export interface LogMethod {
  (fields: object, message: string): void
}

export interface Logger {
  readonly debug: LogMethod
  readonly info: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
}

/** A cryptographic digest of bytes. */
export interface Digest {
  /** SHA-256 in lower-case hex, 64 characters. */
  sha256(bytes: Uint8Array | string): string
}

/** What every adapter gets from core when it is put to use. */
export interface AdapterContext {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** An adapter is a function that took its options and now gets its context. Nothing is opened before the adapter is started. */
export type Adapter<Port, Context extends AdapterContext = AdapterContext> = (context: Context) => Port
