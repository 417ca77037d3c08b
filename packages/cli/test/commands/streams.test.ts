import type { LogsRequest, PiccoloClient } from '@piccolo/client'
import { PiccoloError, type ClusterEvent } from '@piccolo/core/spi'
import { describe, expect, it } from 'vitest'
import { piccolo } from '../support/cli.js'
import { events } from '../support/fake-client.js'

describe('piccolo logs', () => {
  it('names the container of each line when there are several', async () => {
    expect((await piccolo(['logs', 'web'])).out).toBe('front | hello\nside | oh\n')
    expect((await piccolo(['logs', 'billing'])).out).toBe('hello\noh\n')
    expect((await piccolo(['logs', 'web/front'])).out).toBe('hello\noh\n')
  })

  it('hands on what was asked for', async () => {
    const asked: unknown[] = []
    const logs = async function* ({ signal: _signal, onConnection: _onConnection, ...request }: LogsRequest) { asked.push(request); yield* [] }
    await piccolo(['logs', '-f', '--tail', '20', 'web/front'], { client: { logs } })
    await piccolo(['logs', 'web', '-o', 'json'], { client: { logs } })
    expect(asked).toEqual([{ workload: 'web', container: 'front', follow: true, tail: 20 }, { workload: 'web', follow: false }])
  })

  it('-o json prints an object a line', async () => {
    expect((await piccolo(['logs', 'web', '-o', 'json'])).out.split('\n').filter(Boolean).map((line) => JSON.parse(line) as unknown)).toMatchObject([{ container: 'front', line: 'hello' }, { stream: 'stderr' }])
  })

  it.each([[['logs']], [['logs', '/front']], [['logs', 'web/']], [['logs', 'a/b/c']], [['logs', 'web', '--tail', 'all']]])('refuses %j', async (args) => {
    expect(await piccolo(args)).toMatchObject({ code: 2, connected: [] })
  })
})

describe('piccolo events', () => {
  it('lists what happened', async () => {
    expect((await piccolo(['events'])).out).toBe([
      'TIME                  SEVERITY  NODE    SUBJECT           MESSAGE',
      '2026-01-02 11:59:00Z  info      zone-a  workload/web      front started',
      '2026-01-02 11:59:55Z  critical  zone-a  workload/billing  main exited with 137 [31m',
      '',
    ].join('\n'))
    expect(JSON.parse((await piccolo(['events', '-o', 'json'])).out)).toMatchObject([{ id: '2.1', revision: '12' }, { id: '2.2' }])
  })

  it('-f prints each as it comes, and ends with 130 when interrupted', async () => {
    const stop = new AbortController()
    const follow = async function* () { yield* events; stop.abort() }
    const { code, out, err } = await piccolo(['events', '-f'], { client: { events: follow }, stop: stop.signal })
    expect({ code, err }).toEqual({ code: 130, err: '' })
    expect(out.split('\n')[0]).toBe('2026-01-02 11:59:00Z info     workload/web: front started')
  })

  it('-f says on standard error when the master is away and when it is back, and standard output has events only', async () => {
    const stop = new AbortController()
    const follow: PiccoloClient['events'] = async function* ({ onConnection } = {}) {
      yield* events.slice(0, 1)
      onConnection?.({ type: 'lost', error: new PiccoloError('unavailable', 'The stream from https://a was cut (ECONNRESET).') })
      onConnection?.({ type: 'back' })
      yield* events.slice(1)
      stop.abort()
    }
    const { code, out, err } = await piccolo(['events', '-f', '-o', 'json'], { client: { events: follow }, stop: stop.signal })
    expect(code).toBe(130)
    expect(out.trimEnd().split('\n').map((line) => (JSON.parse(line) as ClusterEvent).id)).toEqual(['2.1', '2.2'])
    expect(err).toBe('piccolo: The stream from https://a was cut (ECONNRESET). Trying again until it is back; Ctrl-C ends it.\npiccolo: Connected again.\n')
  })

  it('-f ends with the error that waiting cannot mend', async () => {
    const follow: PiccoloClient['events'] = async function* () {
      yield* events
      throw new PiccoloError('permission-denied', 'Your role was taken away.')
    }
    expect(await piccolo(['events', '-f'], { client: { events: follow } })).toMatchObject({ code: 4, err: 'piccolo: Your role was taken away.\n' })
  })
})
