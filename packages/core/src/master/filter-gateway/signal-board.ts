import { PiccoloError } from '../../errors/index.js'
import { checkSignalNames, isSignalValue, maxSignalTextBytes, type Clock, type PublishedSignal, type SignalValue } from '../../spi/index.js'

/** Signals that a master knows at once. */
export const maxSignals = 10_000

export interface KnownSignal {
  readonly value: SignalValue
  /** Wall clock of the master when it was told. */
  readonly atMs: number
}

/**
 * What every signal last said. In memory only: it is a picture of the world outside, which its sources give anew; what came of it is in the
 * store.
 */
export interface SignalBoard {
  readonly known: ReadonlyMap<string, KnownSignal>
  /** All of them or none. `invalid-argument` for a name or value that no signal has, or a name given twice; `resource-exhausted` beyond {@link maxSignals}. */
  put(signals: readonly PublishedSignal[]): void
}

export function signalBoard(clock: Pick<Clock, 'wallMs'>): SignalBoard {
  const known = new Map<string, KnownSignal>()
  return {
    known,
    put(signals) {
      const names = new Set(signals.map(({ name }) => name))
      checkSignalNames([...names], { name: 'master', maxNames: Infinity })
      if (names.size < signals.length) throw new PiccoloError('invalid-argument', 'A signal stands twice in one publication. Publish its values one after the other, for each may count.')
      const strange = signals.find(({ value }) => value !== null && !isSignalValue(value))
      if (strange !== undefined) {
        throw new PiccoloError('invalid-argument', `The signal "${strange.name}" has a value that no signal has: expected true, false, a finite number, or text of at most ${String(maxSignalTextBytes)} bytes.`)
      }
      const added = signals.filter(({ name, value }) => value !== null && !known.has(name)).length
      const taken = signals.filter(({ name, value }) => value === null && known.has(name)).length
      if (known.size + added - taken > maxSignals) {
        throw new PiccoloError('resource-exhausted', `A master knows at most ${String(maxSignals)} signals. Take back those that nobody asks for, by publishing null.`, { details: { maxSignals } })
      }
      const atMs = clock.wallMs()
      for (const { name, value } of signals) {
        if (value === null) known.delete(name)
        else known.set(name, { value, atMs })
      }
    },
  }
}
