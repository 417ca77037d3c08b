import { describe, expect, it } from 'vitest'
import { workGate } from '../../../../src/master/api-server/access/work-gate.js'

const never = new AbortController().signal

describe('a crowd at the door', () => {
  it('goes in a few at a time, in turn, and each once', async () => {
    const gate = workGate({ atOnce: 2, mostWaiting: 100 })
    let inside = 0
    let most = 0
    const order: number[] = []
    await Promise.all(Array.from({ length: 20 }, (_, number) => gate.run(async () => {
      inside += 1
      most = Math.max(most, inside)
      order.push(number)
      await new Promise((resolve) => { setImmediate(resolve) })
      inside -= 1
    }, never)))
    expect(most).toBe(2)
    expect(order).toEqual(Array.from({ length: 20 }, (_, number) => number))
  })

  it('is told to come back when too many wait; who fails inside makes room for the next', async () => {
    const gate = workGate({ atOnce: 1, mostWaiting: 1 })
    let open: () => void = () => undefined
    const first = gate.run(() => new Promise<void>((_, reject) => { open = () => { reject(new Error('failed inside')) } }), never)
    const second = gate.run(() => Promise.resolve('in'), never)
    await expect(gate.run(() => Promise.resolve(), never)).rejects.toMatchObject({ code: 'resource-exhausted' })
    open()
    await expect(first).rejects.toThrow('failed inside')
    await expect(second).resolves.toBe('in')
  })

  it('who gives up while it waits does nothing and keeps nobody out', async () => {
    const gate = workGate({ atOnce: 1, mostWaiting: 5 })
    let open: () => void = () => undefined
    const first = gate.run(() => new Promise<void>((resolve) => { open = resolve }), never)
    const giving = new AbortController()
    let ran = false
    const second = gate.run(() => { ran = true; return Promise.resolve() }, giving.signal)
    const third = gate.run(() => Promise.resolve('in'), never)
    await new Promise((resolve) => { setImmediate(resolve) })
    giving.abort()
    open()
    await first
    await expect(second).rejects.toMatchObject({ code: 'aborted' })
    await expect(third).resolves.toBe('in')
    expect(ran).toBe(false)
  })
})
