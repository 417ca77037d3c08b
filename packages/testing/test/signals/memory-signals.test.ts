import { describe, expect, test } from 'vitest'
import { registerSuite, signalSourceSuite, type SignalSourceSubject } from '@piccolo/conformance'
import { manualClock, memorySignals, memorySignalSource, seededRandom, silentLogger } from '@piccolo/testing'

const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }

describe('the twin of a signal source', () => {
  registerSuite(signalSourceSuite, test, () => {
    const signals = memorySignals()
    const subject: SignalSourceSubject = {
      create: () => memorySignalSource(signals)(context),
      name: (index) => `Vehicle.Signal${index}`,
      publish: async (name, value) => signals.publish(name, value),
      lose: async () => {
        signals.lost = true
        return async () => { signals.lost = false }
      },
    }
    return Promise.resolve({ subject, dispose: () => Promise.resolve() })
  })

  test('tells a watch that begins later what is known already, and when it was so', async () => {
    const signals = memorySignals()
    signals.publish('speed', 80, 1_000)
    signals.publish('gear', 'D')
    signals.publish('gear', undefined)
    const source = memorySignalSource(signals)(context)
    const { signal } = new AbortController()
    await source.open(signal)
    for await (const batch of source.watch(['speed', 'gear'], signal)) {
      expect(batch).toEqual([{ name: 'speed', value: 80, atMs: 1_000, missed: 0 }])
      break
    }
    await source.close()
  })
})
