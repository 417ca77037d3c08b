import { PiccoloError, type PersonRole, type Principal } from '@piccolo/core/spi'
import { manualClock } from '@piccolo/testing'
import { describe, expect, it } from 'vitest'
import { startApi } from './support/api.js'
import { fakeOperations } from './support/fake-operations.js'
import { sseEvents } from './support/sse.js'
import { waitUntil } from './support/wait-until.js'

/** A door that says what the test wants it to. */
function changingDoor() {
  const person = (role: PersonRole): Principal => ({ kind: 'person', name: 'ada', role })
  let answer: () => Promise<Principal> = async () => person('viewer')
  let asked = 0
  return {
    admit: () => {
      asked += 1
      return answer()
    },
    get asked() {
      return asked
    },
    become(role: PersonRole) { answer = async () => person(role) },
    refuse(error: PiccoloError) { answer = () => Promise.reject(error) },
  }
}

/** Opens a stream, changes something, and answers with the stream's last event. */
async function lastEvent(path: string, change: (door: ReturnType<typeof changingDoor>) => void) {
  const clock = manualClock()
  const door = changingDoor()
  const operations = fakeOperations()
  await using api = await startApi({ clock, door, operations })
  const answer = api.request(path)
  await waitUntil(() => operations.calls.length === 1)
  await waitUntil(() => clock.pending > 0)
  await clock.advance(300)
  const events = sseEvents(await answer)
  // Two questions without a change: it goes on.
  for (let question = 0; question < 2; question += 1) {
    const before = door.asked
    await clock.advance(500)
    await waitUntil(() => door.asked > before)
  }
  change(door)
  const seen: unknown[] = []
  const reading = (async () => { for await (const event of events) seen.push(event) })()
  const before = door.asked
  while (door.asked === before) {
    await clock.advance(500)
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  await reading
  await waitUntil(() => operations.calls[0]?.signal.aborted === true)
  return seen.at(-1)
}

const streams = ['/api/v1/events?follow=true', '/api/v1/workloads/web/logs?follow=true', '/api/v1/changes']

describe('an open stream', () => {
  it.each(streams)('I8: %s ends when its caller is no longer known, and says why', async (path) => {
    expect(await lastEvent(path, (door) => { door.refuse(new PiccoloError('unauthenticated', 'This token is not known here.')) })).toMatchObject({ event: 'problem', data: { code: 'unauthenticated', status: 401 } })
  })

  it('of a source that is locked out says that the proof holds no more, not to try again', async () => {
    expect(await lastEvent('/api/v1/changes', (door) => { door.refuse(new PiccoloError('resource-exhausted', 'Too many.')) })).toMatchObject({ event: 'problem', data: { code: 'unauthenticated' } })
  })

  it('I8: of a caller with another role is to be opened again, under that role', async () => {
    expect(await lastEvent('/api/v1/events?follow=true', (door) => { door.become('admin') })).toMatchObject({ event: 'problem', data: { code: 'unavailable', retryable: true } })
  })

  it('asks nothing more once it is closed', async () => {
    const clock = manualClock()
    const door = changingDoor()
    await using api = await startApi({ clock, door })
    const response = await api.request('/api/v1/changes')
    for await (const _ of sseEvents(response)) break
    await waitUntil(() => clock.pending === 0)
    expect(door.asked).toBe(1)
  })
})
