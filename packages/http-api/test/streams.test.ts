import { connect } from 'node:tls'
import { PiccoloError, type ClusterEvent } from '@piccolo/core/spi'
import { manualClock } from '@piccolo/testing'
import { describe, expect, it } from 'vitest'
import { startApi, tokens } from './support/api.js'
import { clusterEvent, fakeOperations, untilAborted } from './support/fake-operations.js'
import { takeEvents } from './support/sse.js'
import { waitUntil } from './support/wait-until.js'

const sse = { accept: 'text/event-stream' }

describe('streams', () => {
  it('events resume exactly where Last-Event-ID says, even inside one revision', async () => {
    await using api = await startApi()
    const all = await takeEvents(await api.request('/api/v1/events', { headers: sse }), 4)
    expect(all.map(({ id }) => id)).toEqual(['4/1.1', '5/1.2', '5/1.3', '6/2.1'])
    for (const [index, { id }] of all.slice(0, 3).entries()) {
      const rest = await takeEvents(await api.request('/api/v1/events', { headers: { ...sse, 'last-event-id': id ?? '' } }), 3 - index)
      expect(rest).toEqual(all.slice(index + 1))
    }
  })

  it('a Last-Event-ID that this stream never sent is refused', async () => {
    await using api = await startApi()
    for (const id of ['x', '5', '5/1', '-1/1.1', `${'9'.repeat(30)}/1.1`]) {
      const response = await api.request('/api/v1/events', { headers: { ...sse, 'last-event-id': id } })
      expect(response.status).toBe(400)
    }
  })

  it('an error that comes at once has its own status', async () => {
    await using api = await startApi()
    const response = await api.request('/api/v1/workloads/absent/logs?follow=true')
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'not-found' })
  })

  it('an error that comes later is the last event', async () => {
    const logs = async function* () { yield { container: 'a', stream: 'stdout' as const, line: 'x' }; throw new PiccoloError('unavailable', 'The node has gone.') }
    await using api = await startApi({ operations: fakeOperations({ logs }) })
    const events = await takeEvents(await api.request('/api/v1/workloads/web/logs'), 5)
    expect(events).toMatchObject([{ event: 'message' }, { event: 'problem', data: { code: 'unavailable', detail: 'The node has gone.', status: 503 } }])
  })

  it('a silent stream opens, and carries a comment each heartbeat', async () => {
    const clock = manualClock()
    await using api = await startApi({ clock, operations: fakeOperations({ events: async function* (_caller, _options, signal) { await untilAborted(signal); yield* [] } }) })
    const answer = api.request('/api/v1/events?follow=true')
    await waitUntil(() => clock.pending > 0)
    await clock.advance(300)
    const reader = (await answer).body?.getReader()
    let text = ''
    for (let turn = 0; turn < 3; turn += 1) {
      const part = reader?.read()
      await waitUntil(() => clock.pending > 0)
      await clock.advance(15_000)
      text += Buffer.from((await part)?.value as Uint8Array).toString()
    }
    expect(text).toMatch(/^retry: \d+\n\n(: still here\n\n){2}/)
    await reader?.cancel()
  })

  it('the source is told when its client goes away', async () => {
    const operations = fakeOperations()
    await using api = await startApi({ operations })
    await takeEvents(await api.request('/api/v1/changes'), 1)
    await waitUntil(() => operations.calls.at(-1)?.signal.aborted === true)
  })

  it('a client that takes nothing holds up only itself, is cut off, and its source ends', async () => {
    const clock = manualClock()
    let made = 0
    let ended = false
    const events = async function* (): AsyncGenerator<ClusterEvent> {
      try {
        for (;;) yield { ...clusterEvent(BigInt(++made), `1.${String(made)}`), message: 'x'.repeat(64 * 1024) }
      } finally { ended = true }
    }
    await using api = await startApi({ clock, operations: fakeOperations({ events }) })
    const { hostname, port } = new URL(api.address)
    const socket = connect({ host: hostname, port: Number(port), ca: api.caPem, servername: 'piccolo-master' }, () => {
      socket.write(`GET /api/v1/events?follow=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.admin}\r\n\r\n`)
      socket.pause()
    })
    socket.on('error', () => undefined)
    await waitUntil(standsStill(() => made))
    expect(made).toBeLessThan(500)
    await clock.advance(30_000)
    await waitUntil(() => ended)
    socket.destroy()
  })

  it('HEAD opens no stream', async () => {
    const operations = fakeOperations()
    await using api = await startApi({ operations, limits: { maxStreams: 1 } })
    for (let time = 0; time < 3; time += 1) expect((await api.request('/api/v1/changes', { method: 'HEAD' })).status).toBe(501)
    expect(operations.calls).toEqual([])
    expect((await api.request('/api/v1/nodes', { method: 'HEAD' })).status).toBe(200)
  })

  it('streams are bounded in number, and a closed one makes room', async () => {
    await using api = await startApi({ limits: { maxStreams: 2 } })
    const open = await Promise.all([api.request('/api/v1/changes'), api.request('/api/v1/changes')])
    const third = await api.request('/api/v1/changes')
    expect(third.status).toBe(429)
    expect(await third.json()).toMatchObject({ code: 'resource-exhausted', retryable: true })
    await Promise.all(open.map((response) => takeEvents(response, 1)))
    const statuses: number[] = []
    for (let tries = 0; tries < 100 && statuses.at(-1) !== 200; tries += 1) {
      const response = await api.request('/api/v1/changes')
      statuses.push(response.status)
      await takeEvents(response, 1)
    }
    expect(statuses.at(-1)).toBe(200)
  })

  it('closing the API ends open streams without an end event, so that readers resume', async () => {
    const operations = fakeOperations()
    await using api = await startApi({ operations })
    const response = await api.request('/api/v1/changes')
    const events = takeEvents(response, 10)
    await waitUntil(() => operations.calls.length === 1)
    await api.surface.close()
    expect((await events).every(({ event }) => event === 'message')).toBe(true)
    expect(operations.calls.at(-1)?.signal.aborted).toBe(true)
  })
})

/** A condition: the count has begun and not grown for a tenth of a second. */
function standsStill(count: () => number): () => boolean {
  let last = { count: 0, atMs: 0 }
  return () => {
    if (count() !== last.count) last = { count: count(), atMs: performance.now() }
    return last.count > 0 && performance.now() - last.atMs > 100
  }
}
