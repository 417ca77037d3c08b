import { PiccoloError } from '../errors/index.js'
import type { PublishedSignal, SignalsPublished } from '../protocol/index.js'
import { checkSignalNames, isSignalValue } from '../spi/signal-source.js'

/** Signals that wait for the link, each with its newest value. */
const mostNames = 1_000
/** Signals in one message. */
const mostAtOnce = 100

/** What a gateway has to say of signals: the newest value of each, sent when the link has room. What is true for a moment only while the link is away is not told. */
export class SignalLane {
  readonly #waiting = new Map<string, PublishedSignal>()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** All of them are taken or none: `invalid-argument` for a name or value that no signal has, `resource-exhausted` when too many wait. */
  publish(signals: readonly PublishedSignal[]): void {
    checkSignalNames(signals.map(({ name }) => name), { name: 'gateway', maxNames: mostNames })
    const unfit = signals.find(({ value }) => value !== null && !isSignalValue(value))
    if (unfit !== undefined) throw new PiccoloError('invalid-argument', `The value of "${unfit.name}" is none that a signal can have: a boolean, a finite number or a text.`)
    const names = new Set([...this.#waiting.keys(), ...signals.map(({ name }) => name)])
    if (names.size > mostNames) throw new PiccoloError('resource-exhausted', `${String(this.#waiting.size)} signals wait for the master already; at most ${String(mostNames)} do.`)
    for (const signal of signals) this.#waiting.set(signal.name, signal)
    this.#onChange()
  }

  next(): SignalsPublished | undefined {
    const signals = [...this.#waiting.values()].slice(0, mostAtOnce)
    if (signals.length === 0) return undefined
    for (const { name } of signals) this.#waiting.delete(name)
    return { type: 'signal', signals }
  }
}
