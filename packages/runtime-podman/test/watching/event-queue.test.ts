import { expect, test } from 'vitest'
import { PiccoloError, type RuntimeEvent } from '@piccolo/core/spi'
import { EventQueue } from '../../src/watching/event-queue.js'
import { containerState } from '../support/specs.js'

const changed = (id: string): RuntimeEvent => ({ type: 'changed', container: containerState(id) })

test('begins with the state of the moment, then passes on what happens', async () => {
  const queue = new EventQueue(() => [containerState('a')])
  queue.push(changed('a'))
  const events = queue.drain()
  expect((await events.next()).value).toEqual({ type: 'resync', containers: [containerState('a')] })
  const next = events.next()
  queue.push(changed('b'))
  expect((await next).value).toEqual(changed('b'))
})

test('gives a listener that fell behind the whole state instead of a backlog', async () => {
  let state = [containerState('a')]
  const queue = new EventQueue(() => state)
  const events = queue.drain()
  await events.next()
  for (let count = 0; count < 2_000; count += 1) queue.push(changed('a'))
  state = [containerState('b')]
  expect((await events.next()).value).toEqual({ type: 'resync', containers: state })
  queue.push(changed('c'))
  expect((await events.next()).value).toEqual(changed('c'))
})

test('word of images is not lost on a listener that fell behind', async () => {
  const queue = new EventQueue(() => [])
  const events = queue.drain()
  await events.next()
  queue.push({ type: 'images' })
  for (let count = 0; count < 2_000; count += 1) queue.push(changed('a'))
  expect((await events.next()).value).toEqual({ type: 'resync', containers: [] })
  expect((await events.next()).value).toEqual({ type: 'images' })
})

test('ends when told, with the error if there is one', async () => {
  const quiet = new EventQueue(() => [])
  quiet.end()
  expect(await quiet.drain().next()).toEqual({ value: undefined, done: true })
  const failed = new EventQueue(() => [])
  failed.end(new PiccoloError('unavailable', 'gone'))
  await expect(failed.drain().next()).rejects.toMatchObject({ code: 'unavailable' })
})
