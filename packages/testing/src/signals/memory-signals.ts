import {
  checkSignalNames, isSignalValue, LatestReadings, PiccoloError, throwIfAborted, type SignalReading, type SignalSource, type SignalSourceAdapter,
  type SignalSourceCapabilities, type SignalValue,
} from '@piccolo/core/spi'

/** A world of signals, e.g. a broker or a vehicle's bus. It outlives the sources over it. */
export class MemorySignals {
  readonly #values = new Map<string, Omit<SignalReading, 'missed'>>()
  readonly #listeners = new Set<SignalListener>()
  #lost = false

  /** Says something of a signal; `undefined`: it has no value any more. What is no value is left out. */
  publish(name: string, value: SignalValue | undefined, atMs?: number): void {
    if (value !== undefined && !isSignalValue(value)) return
    const reading = { name, ...(value !== undefined && { value }), ...(atMs !== undefined && { atMs }) }
    if (value === undefined) this.#values.delete(name)
    else this.#values.set(name, reading)
    for (const listener of [...this.#listeners]) listener.said(reading)
  }

  /** While true nobody reaches it; switching it on ends the watches there are. */
  get lost(): boolean {
    return this.#lost
  }

  set lost(lost: boolean) {
    this.#lost = lost
    if (lost) for (const listener of [...this.#listeners]) listener.lost(outOfReach())
  }

  requireReach(): void {
    if (this.#lost) throw outOfReach()
  }

  /** What is known of these names now. */
  known(names: ReadonlySet<string>): readonly Omit<SignalReading, 'missed'>[] {
    return [...this.#values.values()].filter(({ name }) => names.has(name))
  }

  listen(listener: SignalListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** Who listens to a world of signals. */
export interface SignalListener {
  said(reading: Omit<SignalReading, 'missed'>): void
  /** It is out of reach from now on. */
  lost(error: PiccoloError): void
}

export interface MemorySignalsOptions {
  /** Default 1,000. */
  readonly maxNames?: number
}

/** A world for {@link memorySignalSource}. */
export function memorySignals(): MemorySignals {
  return new MemorySignals()
}

/** The memory twin of a signal source. */
export function memorySignalSource(signals: MemorySignals, { maxNames = 1_000 }: MemorySignalsOptions = {}): SignalSourceAdapter {
  return () => new MemorySource(signals, { name: 'memory', maxNames })
}

class MemorySource implements SignalSource {
  readonly capabilities: SignalSourceCapabilities
  readonly #signals: MemorySignals
  readonly #closed = new AbortController()
  #isOpen = false

  constructor(signals: MemorySignals, capabilities: SignalSourceCapabilities) {
    this.#signals = signals
    this.capabilities = capabilities
  }

  async open(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#isOpen || this.#closed.signal.aborted) throw new PiccoloError('failed-precondition', 'This signal source was opened before; make a new one.')
    this.#signals.requireReach()
    this.#isOpen = true
  }

  async close(): Promise<void> {
    this.#isOpen = false
    this.#closed.abort()
  }

  async *watch(names: readonly string[], signal: AbortSignal): AsyncGenerator<readonly SignalReading[], void, undefined> {
    if (!this.#isOpen) throw new PiccoloError('failed-precondition', 'This signal source is not open.')
    checkSignalNames(names, this.capabilities)
    if (signal.aborted) return
    this.#signals.requireReach()
    const wanted = new Set(names)
    const readings = new LatestReadings()
    const end = (): void => readings.end()
    const stopListening = this.#signals.listen({
      said: (reading) => { if (wanted.has(reading.name)) readings.put(reading) },
      lost: (error) => readings.end(error),
    })
    signal.addEventListener('abort', end)
    this.#closed.signal.addEventListener('abort', end)
    try {
      for (const reading of this.#signals.known(wanted)) readings.put(reading)
      readings.begin()
      yield* readings
    } finally {
      stopListening()
      signal.removeEventListener('abort', end)
      this.#closed.signal.removeEventListener('abort', end)
    }
  }
}

function outOfReach(): PiccoloError {
  return new PiccoloError('unavailable', 'The memory signals were switched to lost.')
}
