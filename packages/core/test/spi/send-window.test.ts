import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PiccoloError } from '../../src/errors/index.js'
import { SendWindow } from '../../src/spi/send-window.js'

const never = new AbortController().signal
const boundBytes = 100

describe('a send window', () => {
  test('one that is aborted in the moment it gets its turn keeps it, and takes nobody else out of the queue', async () => {
    const window = new SendWindow(boundBytes)
    const controller = new AbortController()
    await window.reserve(boundBytes, never)
    const first = window.reserve(boundBytes, controller.signal)
    const second = window.reserve(boundBytes, never)
    window.free(boundBytes)
    controller.abort()
    await first
    window.free(boundBytes)
    await second
  })

  test('who waits is admitted in order, never beyond the bound but alone, and none is forgotten', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('reserve' as const), bytes: fc.integer({ min: 1, max: 150 }) }),
      fc.record({ do: fc.constant('free' as const) }),
      fc.record({ do: fc.constant('abort' as const), which: fc.nat() }),
    )
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const window = new SendWindow(boundBytes)
      const asked: { readonly bytes: number; readonly controller: AbortController; outcome: 'waits' | 'admitted' | 'aborted' }[] = []
      const held: number[] = []
      const settle = () => new Promise((resolve) => setImmediate(resolve))
      for (const one of steps) {
        if (one.do === 'reserve') {
          const entry: (typeof asked)[number] = { bytes: one.bytes, controller: new AbortController(), outcome: 'waits' }
          asked.push(entry)
          void window.reserve(one.bytes, entry.controller.signal).then(
            () => { entry.outcome = 'admitted'; held.push(entry.bytes) },
            () => { entry.outcome = 'aborted' },
          )
        } else if (one.do === 'free') {
          const bytes = held.shift()
          if (bytes !== undefined) window.free(bytes)
        } else asked[one.which % Math.max(1, asked.length)]?.controller.abort()
        await settle()
        expect(held.length <= 1 || held.reduce((sum, bytes) => sum + bytes, 0) <= boundBytes).toBe(true)
      }
      while (held.length > 0) {
        window.free(held.shift() ?? 0)
        await settle()
      }
      expect(asked.filter(({ outcome }) => outcome === 'waits')).toEqual([])
    }), { numRuns: 100 })
  })

  test('closed, it refuses who waits and who comes', async () => {
    const window = new SendWindow(boundBytes)
    await window.reserve(boundBytes, never)
    const waiting = window.reserve(1, never)
    window.close(new PiccoloError('unavailable', 'The link is gone.'))
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
    await expect(window.reserve(1, never)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
