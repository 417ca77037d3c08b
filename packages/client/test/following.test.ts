import { PiccoloError, type ClusterEvent, type Operations } from '@piccolo/core/spi'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startApi } from '../../http-api/test/support/api.js'
import { clusterEvent, fakeOperations, untilAborted } from '../../http-api/test/support/fake-operations.js'
import { createClient, type ConnectionNews, type ContainerLogLine } from '../src/index.js'
import { clientOf, reconnect, take } from './support/client-of.js'
import { plainServer } from './support/plain-server.js'

describe('following survives cuts', () => {
  it('every event arrives once and in order, however often the API comes and goes', async () => {
    const log = Array.from({ length: 60 }, (_, index) => clusterEvent(BigInt(Math.floor(index / 3) + 1), `1.${String(index + 1)}`))
    let cutAfter = 7
    const events: Operations['events'] = async function* (_caller, { after = 0n }, signal) {
      let given = 0
      for (const event of log.filter(({ revision }) => revision > after)) {
        yield event
        given += 1
        if (given >= cutAfter && event !== log.at(-1)) {
          cutAfter = 4 + (given % 3)
          throw new PiccoloError('unavailable', 'cut')
        }
      }
      await untilAborted(signal)
    }
    await using api = await startApi({ operations: fakeOperations({ events }) })
    expect((await take(clientOf(api).events({ follow: true }), log.length)).map(({ id }) => id)).toEqual(log.map(({ id }) => id))
  })

  it('a connection that breaks, or falls silent, is opened again after the last id', async () => {
    const resumed: (string | undefined)[] = []
    await using other = await plainServer((request, respond) => {
      resumed.push(request.headers['last-event-id']?.toString())
      const event = clusterEvent(BigInt(resumed.length), `1.${String(resumed.length)}`)
      const data = JSON.stringify(event, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
      // The second connection stays open and says nothing more; the others break off.
      respond(200, 'text/event-stream', `id: ${event.revision.toString()}/${event.id}\ndata: ${data}\n\n`, resumed.length === 2)
    })
    const client = createClient({ address: other.address, token: 't', reconnect, silenceMs: 30 })
    expect((await take(client.events({ follow: true }), 4)).map(({ id }) => id)).toEqual(['1.1', '1.2', '1.3', '1.4'])
    expect(resumed).toEqual([undefined, '1/1.1', '2/1.2', '3/1.3'])
  })

  it('an error that waiting cannot mend ends it', async () => {
    let calls = 0
    const events: Operations['events'] = async function* () {
      calls += 1
      if (calls > 1) throw new PiccoloError('permission-denied', 'Your role was taken away.')
      yield clusterEvent(1n, '1.1')
      throw new PiccoloError('unavailable', 'cut')
    }
    await using api = await startApi({ operations: fakeOperations({ events }) })
    await expect(take(clientOf(api).events({ follow: true }), 5)).rejects.toMatchObject({ code: 'permission-denied' })
    expect(calls).toBe(2)
  })

  it('one that gave nothing yet misses nothing of what happened while it was cut, however much', async () => {
    const asked: unknown[] = []
    const log: ClusterEvent[] = []
    const events: Operations['events'] = async function* (_caller, { limit = 2, after }, signal) {
      asked.push({ limit, after })
      if (asked.length === 1) {
        for (let index = 1; index <= 5; index += 1) log.push(clusterEvent(BigInt(index), `1.${String(index)}`))
        throw new PiccoloError('unavailable', 'cut')
      }
      yield* after === undefined ? log.slice(-limit) : log.filter(({ revision }) => revision > after)
      await untilAborted(signal)
    }
    // It opens before the first event: an error that came at once would be the first connection's.
    const late: Operations['events'] = async function* (...args) {
      if (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
      yield* events(...args)
    }
    await using api = await startApi({ operations: fakeOperations({ events: late }), limits: { openingMs: 1 } })
    expect((await take(clientOf(api).events({ follow: true }), 5)).map(({ id }) => id)).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5'])
  })

  it('a loss is told once, however many attempts fail, and so is the return', async () => {
    const news: string[] = []
    let connections = 0
    const events: Operations['events'] = async function* (_caller, _options, signal) {
      connections += 1
      if (connections === 1) yield clusterEvent(1n, '1.1')
      if (connections < 5) throw new PiccoloError('unavailable', `cut ${String(connections)}`)
      yield clusterEvent(2n, '1.2')
      await untilAborted(signal)
    }
    await using api = await startApi({ operations: fakeOperations({ events }) })
    const onConnection = (each: ConnectionNews): void => { news.push(each.type === 'lost' ? each.error.message : each.type) }
    await take(clientOf(api).events({ follow: true, onConnection }), 2)
    expect(news).toEqual(['cut 1', 'back'])
  })

  it('changes wake when they open and once for each return, since a change before it is not told', async () => {
    await using other = await plainServer((_request, respond) => { respond(200, 'text/event-stream', 'retry: 1\n\n') })
    const client = createClient({ address: other.address, token: 't', reconnect })
    expect((await take(client.changes(), 3)).length).toBe(3)
  })
})

type Logs = Operations['logs']

describe('following a log survives cuts', () => {
  const line = (container: string, atMs: number, text: string): ContainerLogLine => ({ container, stream: 'stdout', line: text, atMs })

  it('every line arrives once and in order, whatever the times and wherever it is cut', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.record({ container: fc.constantFrom('a', 'b'), later: fc.nat(2), cut: fc.boolean() }), { minLength: 1, maxLength: 40 }),
      fc.option(fc.nat(3), { nil: undefined }),
      async (steps, tail) => {
        let atMs = 1_000
        // Cut before all that the tail asked for was given, a container may be read from its beginning: more than was asked for, never less.
        const log = steps.map(({ container, later, cut }, index) => ({ ...line(container, atMs += later, `line ${String(index)}`), cut: cut && (tail === undefined || index >= 4) }))
        let written = Math.min(4, log.length)
        const logs: Logs = async function* (_caller, request, signal) {
          const present = log.slice(0, written)
          for (const each of tailOf(present, request.tail)) {
            yield withoutCut(each)
            if (each.cut && written < log.length) {
              written = Math.min(log.length, written + 2)
              throw new PiccoloError('unavailable', 'cut')
            }
          }
          for (const each of log.slice(written)) yield withoutCut(each)
          written = log.length
          await untilAborted(signal)
        }
        const expected = [...tailOf(log.slice(0, Math.min(4, log.length)), tail), ...log.slice(4)].map(({ line: text }) => text)
        if (expected.length === 0) return
        await using api = await startApi({ operations: fakeOperations({ logs }), limits: { openingMs: 5 } })
        const taken = await take(clientOf(api).logs({ workload: 'web', follow: true, ...(tail === undefined ? {} : { tail }) }), expected.length)
        for (const container of ['a', 'b']) {
          expect(taken.filter((each) => each.container === container).map(({ line: text }) => text))
            .toEqual(expected.filter((text) => log.find((each) => each.line === text)?.container === container))
        }
      },
    ), { numRuns: 50 })
  }, 120_000)

  it('only what lies near is asked for again, and all of it when that does not reach back', async () => {
    const asked: (number | undefined)[] = []
    const logs: Logs = async function* (_caller, { tail }, signal) {
      asked.push(tail)
      const all = Array.from({ length: 2_500 }, (_, index) => line('a', index, String(index)))
      if (asked.length === 1) {
        yield* all.slice(0, 10)
        throw new PiccoloError('unavailable', 'cut')
      }
      yield* tailOf(all, tail)
      await untilAborted(signal)
    }
    await using api = await startApi({ operations: fakeOperations({ logs }) })
    const taken = await take(clientOf(api).logs({ workload: 'web', follow: true }), 2_500)
    expect(taken.map(({ line: text }) => text)).toEqual(Array.from({ length: 2_500 }, (_, index) => String(index)))
    expect(asked).toEqual([undefined, 1_000, undefined])
  })

  it('a log without times is taken up by its positions, stream by stream', async () => {
    const asked: (number | undefined)[] = []
    const logs: Logs = async function* (_caller, { tail }, signal) {
      asked.push(tail)
      const printed = (stream: 'stdout' | 'stderr', count: number): ContainerLogLine[] =>
        Array.from({ length: count }, (_, index) => ({ container: 'a', stream, line: 'the same', position: { log: 'first', at: index * 10 } }))
      if (asked.length === 1) {
        yield* [...printed('stdout', 10), ...printed('stderr', 3)]
        throw new PiccoloError('unavailable', 'cut')
      }
      const [out, err] = [printed('stdout', 12), printed('stderr', 2_500)]
      yield* tail === undefined ? [...out, ...err] : [...out.slice(-tail / 2), ...err.slice(-tail / 2)]
      await untilAborted(signal)
    }
    await using api = await startApi({ operations: fakeOperations({ logs }) })
    const taken = await take(clientOf(api).logs({ workload: 'web', follow: true }), 2_512)
    for (const [stream, count] of [['stdout', 12], ['stderr', 2_500]] as const) {
      expect(taken.filter((each) => each.stream === stream).map(({ position }) => position?.at)).toEqual(Array.from({ length: count }, (_, index) => index * 10))
    }
    expect(asked).toEqual([undefined, 1_000, undefined])
  })

  it('the log of a container made anew under its name is another one, wherever its positions begin', async () => {
    let connections = 0
    const logs: Logs = async function* (_caller, _request, signal) {
      connections += 1
      const { log, count } = connections === 1 ? { log: 'first', count: 5 } : { log: 'second', count: 3 }
      for (let at = 0; at < count; at += 1) yield { container: 'a', stream: 'stdout', line: `${log} ${String(at)}`, position: { log, at } }
      if (connections === 1) throw new PiccoloError('unavailable', 'cut')
      await untilAborted(signal)
    }
    await using api = await startApi({ operations: fakeOperations({ logs }) })
    const taken = await take(clientOf(api).logs({ workload: 'web', follow: true }), 8)
    expect(taken.map(({ line: text }) => text)).toEqual(['first 0', 'first 1', 'first 2', 'first 3', 'first 4', 'second 0', 'second 1', 'second 2'])
  })

  it('a log without times and positions cannot be taken up again, and says so', async () => {
    await using other = await plainServer((_request, respond) => { respond(200, 'text/event-stream', 'data: {"container":"a","stream":"stdout","line":"x"}\n\n') })
    const client = createClient({ address: other.address, token: 't', reconnect })
    await expect(take(client.logs({ workload: 'web', follow: true }), 5)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('no times and no positions') as string, details: { reason: 'stream-cut' } })
  })

  it('one that is not followed is one reading: a cut is an error', async () => {
    await using other = await plainServer((_request, respond) => { respond(200, 'text/event-stream', 'data: {"container":"a","stream":"stdout","line":"x","atMs":1}\n\n') })
    const client = createClient({ address: other.address, token: 't', reconnect })
    await expect(take(client.logs({ workload: 'web' }), 5)).rejects.toMatchObject({ code: 'unavailable', details: { reason: 'stream-cut' } })
  })
})

/** As an agent reads: the last so many of each container. */
function tailOf<Line extends ContainerLogLine>(lines: readonly Line[], tail: number | undefined): readonly Line[] {
  if (tail === undefined) return lines
  return lines.filter((each, index) => lines.slice(index + 1).filter(({ container }) => container === each.container).length < tail)
}

function withoutCut({ cut: _cut, ...rest }: ContainerLogLine & { readonly cut: boolean }): ContainerLogLine {
  return rest
}
