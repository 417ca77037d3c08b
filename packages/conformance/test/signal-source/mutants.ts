import { signalSourceSuite, type SignalSourceSubject } from '@piccolo/conformance'
import { isSignalValue, PiccoloError, throwIfAborted, type SignalReading, type SignalSource } from '@piccolo/core/spi'
import { memorySignals, memorySignalSource } from '@piccolo/testing'
import { abortMutants, changed, context, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'

type Change = (real: SignalSource) => Partial<SignalSource>
type Watch = SignalSource['watch']

function bed(change: Change, twist: (subject: SignalSourceSubject) => Partial<SignalSourceSubject> = () => ({})): SignalSourceSubject {
  const signals = memorySignals()
  const subject: SignalSourceSubject = {
    create: () => {
      const real = memorySignalSource(signals)(context())
      return changed(real, change(real))
    },
    name: (index) => `Vehicle.Signal${index}`,
    publish: async (name, value) => { signals.publish(name, value) },
    lose: async () => {
      signals.lost = true
      return async () => { signals.lost = false }
    },
    deadlineMs: 500,
  }
  return { ...subject, ...twist(subject) }
}

const broken = (killedBy: string, name: string, change: Change, twist?: Parameters<typeof bed>[1]): Mutant<SignalSourceSubject> => ({ killedBy, name, provide: subjectOf(() => bed(change, twist)) })
const method = (name: keyof SignalSource) => (alter: Alter) => subjectOf(() => bed((real) => alter(real, name)))

/** Readings in other words. */
const readings = (change: (reading: SignalReading) => SignalReading): Change => (real) => ({
  async *watch(...args: Parameters<Watch>) {
    for await (const batch of real.watch(...args)) yield batch.map(change)
  },
})
const unless = (code: 'failed-precondition' | 'invalid-argument' | 'unavailable'): Change => (real) => ({
  async *watch(...args: Parameters<Watch>) {
    try {
      yield* real.watch(...args)
    } catch (error) {
      if (!PiccoloError.is(error, code)) throw error
    }
  },
})

export const signalSourceWalk: Walk<SignalSourceSubject> = {
  suite: signalSourceSuite,
  original: subjectOf(() => bed(() => ({}))),
  mutants: [
    ...abortMutants({ 'signals/aborted-open': method('open') }),
    broken('signals/capabilities', 'takes one signal a watch', (real) => ({ capabilities: { ...real.capabilities, maxNames: 1 } })),
    broken('signals/not-open', 'has nothing to say while it is closed', unless('failed-precondition')),
    broken('signals/second-open', 'opens as often as it is told', (real) => {
      let isOpen = false
      return { open: async (signal) => { if (!isOpen) await real.open(signal); isOpen = true } }
    }),
    broken('signals/close-twice', 'can be closed once', (real) => {
      let isClosed = false
      return { close: () => { if (isClosed) return Promise.reject(new PiccoloError('failed-precondition', 'closed already')); isClosed = true; return real.close() } }
    }),
    broken('signals/close-ends-watches', 'takes its own close for a loss', (real) => ({
      async *watch(names, signal) {
        yield* real.watch(names, signal)
        if (!signal.aborted) throw new PiccoloError('unavailable', 'closed')
      },
    })),
    broken('signals/aborted-watch', 'takes an abort for a failure', (real) => ({
      async *watch(names, signal) {
        yield* real.watch(names, signal)
        throwIfAborted(signal)
      },
    })),
    broken('signals/lost', 'takes a loss for an end', unless('unavailable')),
    broken('signals/begins-at-once', 'begins when there is something to say', (real) => ({
      async *watch(...args) {
        for await (const batch of real.watch(...args)) if (batch.length > 0) yield batch
      },
    })),
    broken('signals/typed-values', 'takes everything for text', readings(({ value, ...rest }) => ({ ...rest, ...(value !== undefined && { value: String(value) }) }))),
    broken('signals/by-name', 'tells what nobody asked for', (real) => ({ watch: (names, signal) => real.watch([...names, 'Vehicle.Signal2'], signal) })),
    broken('signals/every-change', 'says that it missed some', readings((reading) => ({ ...reading, missed: 1 }))),
    broken('signals/slow-reader', 'does not say what it missed', readings((reading) => ({ ...reading, missed: 0 }))),
    broken('signals/slow-reader', 'keeps the oldest', readings((reading) => (reading.missed > 0 ? { ...reading, value: 1 } : reading))),
    broken('signals/gone', 'tells of nothing as a value', (real) => ({
      async *watch(...args) {
        // What a source in JavaScript would do; the type forbids it.
        for await (const batch of real.watch(...args)) yield batch.map((reading) => ({ ...reading, value: reading.value }) as SignalReading)
      },
    })),
    broken('signals/watches-apart', 'serves one watch at a time', (real) => {
      let current = new AbortController()
      return {
        watch: (names, signal) => {
          current.abort()
          current = new AbortController()
          return real.watch(names, AbortSignal.any([signal, current.signal]))
        },
      }
    }),
    broken('signals/unfit-values', 'makes something of what is no value', () => ({}), ({ publish }) => ({ publish: (name, value) => publish(name, value === undefined || isSignalValue(value) ? value : '') })),
    broken('signals/unfit-names', 'has nothing to say of a name that is none', unless('invalid-argument')),
  ],
}
