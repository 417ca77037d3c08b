import { manualClock } from '@piccolo/testing'
import { describe, expect, test } from 'vitest'
import { Bell, untilAborted, withDeadline } from '../../../../core/src/link/index.js'
import { sleep } from '../../../../core/src/waiting/index.js'

const never = new AbortController().signal

describe('withDeadline', () => {
  test('cuts off a callee that ignores its signal, at the deadline, and tells it', async () => {
    const clock = manualClock()
    let told = false
    const call = withDeadline({ clock, ms: 100, signal: never, what: 'Waiting' }, (signal) => {
      signal.addEventListener('abort', () => { told = true })
      return new Promise(() => undefined)
    })
    const outcome = expect(call).rejects.toMatchObject({ code: 'deadline-exceeded', message: 'Waiting took longer than 100 ms.' })
    await clock.advance(100)
    await outcome
    expect(told).toBe(true)
  })

  test('leaves no timer behind when the call is over', async () => {
    const clock = manualClock()
    await expect(withDeadline({ clock, ms: 100, signal: never, what: 'Waiting' }, () => Promise.resolve(7))).resolves.toBe(7)
    expect(clock.pending).toBe(0)
  })

  test('does not begin under an aborted signal', async () => {
    let begun = false
    const call = withDeadline({ clock: manualClock(), ms: 100, signal: AbortSignal.abort(), what: 'Waiting' }, async () => { begun = true })
    await expect(call).rejects.toMatchObject({ code: 'aborted' })
    expect(begun).toBe(false)
  })
})

describe('sleep', () => {
  test('answers whether it was whole', async () => {
    const clock = manualClock()
    const whole = sleep(clock, 50, never)
    const controller = new AbortController()
    const cut = sleep(clock, 50, controller.signal)
    controller.abort()
    await clock.advance(50)
    expect([await whole, await cut]).toEqual([true, false])
    expect(clock.pending).toBe(0)
  })
})

describe('a bell', () => {
  test('keeps one ring for whoever waits next', async () => {
    const bell = new Bell()
    bell.ring()
    bell.ring()
    await bell.wait(never)
    let woken = false
    const waiting = bell.wait(never).then(() => { woken = true })
    await Promise.resolve()
    expect(woken).toBe(false)
    bell.ring()
    await waiting
  })
})

describe('untilAborted', () => {
  test('ends with the signal though the stream is silent', async () => {
    const controller = new AbortController()
    const seen: number[] = []
    async function* stream(): AsyncGenerator<number> {
      yield 1
      yield 2
      await new Promise(() => undefined)
    }
    const reading = (async () => {
      for await (const item of untilAborted(stream(), controller.signal)) seen.push(item)
    })()
    await manualClock().settle()
    controller.abort()
    await reading
    expect(seen).toEqual([1, 2])
  })

  test('hands on the failure of the stream', async () => {
    async function* stream(): AsyncGenerator<number> {
      yield 1
      throw new Error('broken')
    }
    const reading = (async () => {
      for await (const item of untilAborted(stream(), never)) expect(item).toBe(1)
    })()
    await expect(reading).rejects.toThrow('broken')
  })
})
