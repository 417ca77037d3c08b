import assert from 'node:assert/strict'
import type { SignalReading, SignalSource, SignalValue } from '@piccolo/core/spi'
import { later, within, type Patience } from '../kit/within.js'

/** What the suite needs of the source under test; a fresh one for every case. */
export interface SignalSourceSubject extends Patience {
  /** A source that is not open, over the same world of signals each time. */
  create(): SignalSource
  /** A name that this source can have, another one for each number; at first none of them has a value. */
  name(index: number): string
  /** Makes the world say this of a signal: what a sensor, or another client of the broker, would do. Resolves once it is said. `undefined`: it has no value any more. */
  publish(name: string, value: SignalValue | undefined): Promise<void>
  /** A name that this source can't have, e.g. with a wildcard, where there is one beyond what no source takes. */
  readonly unfitName?: string
  /** Takes the world away from open sources, where a test can do that; the returned function brings it back. */
  lose?(): Promise<() => Promise<void>>
}

/** Opens a source for one case, and closes it whatever happens. */
export async function opened(subject: SignalSourceSubject, run: (source: SignalSource) => Promise<void>): Promise<void> {
  const source = subject.create()
  try {
    await within(subject, 'open', source.open(new AbortController().signal))
    await run(source)
  } finally {
    await within(subject, 'close', source.close())
  }
}

/** A watch that is read by hand. */
export class SignalWatch {
  readonly #subject: SignalSourceSubject
  readonly #abort = new AbortController()
  readonly #batches: AsyncIterator<readonly SignalReading[]>

  constructor(subject: SignalSourceSubject, source: SignalSource, names: readonly string[]) {
    this.#subject = subject
    this.#batches = source.watch(names, this.#abort.signal)[Symbol.asyncIterator]()
  }

  /** The next batch; undefined = the watch ended. */
  next(): Promise<readonly SignalReading[] | undefined> {
    const next = this.#batches.next().then((result) => (result.done === true ? undefined : result.value))
    return later(within(this.#subject, 'the next batch of a watch', next))
  }

  /** The next batch, which there must be. */
  async batch(): Promise<readonly SignalReading[]> {
    const batch = await this.next()
    assert.ok(batch, 'the watch ended')
    return batch
  }

  /** Reads until a signal has this value; every reading up to then. */
  async until(name: string, value: SignalValue | undefined): Promise<readonly SignalReading[]> {
    const seen: SignalReading[] = []
    while (!seen.some((reading) => reading.name === name && reading.value === value)) seen.push(...(await this.batch()))
    return seen
  }

  /** Ends the watch; resolves once it has ended. */
  async end(): Promise<void> {
    this.#abort.abort()
    while ((await this.next()) !== undefined) continue
  }
}
