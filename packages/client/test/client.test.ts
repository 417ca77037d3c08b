import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorCodes, PiccoloError, type ClusterEvent, type ErrorCode, type Operations } from '@piccolo/core/spi'
import { Agent, fetch as undiciFetch } from 'undici'
import { describe, expect, it } from 'vitest'
import { startApi, tokens, type RunningApi } from '../../http-api/test/support/api.js'
import { clusterEvent, fakeOperations, nodeView, untilAborted, workloadView } from '../../http-api/test/support/fake-operations.js'
import { createClient, type ClientOptions, type PiccoloClient } from '../src/index.js'

const reconnect = { minMs: 1, maxMs: 5 }

function clientOf(api: RunningApi, options: Partial<ClientOptions> = {}): PiccoloClient {
  const dispatcher = new Agent({ connect: { ca: api.caPem, servername: 'piccolo-master' } })
  return createClient({ address: api.address, token: tokens.admin, reconnect, fetch: (url, init) => undiciFetch(url, { ...init, dispatcher }), ...options })
}

async function take<Item>(items: AsyncIterable<Item>, count: number): Promise<readonly Item[]> {
  const taken: Item[] = []
  for await (const item of items) {
    taken.push(item)
    if (taken.length === count) break
  }
  return taken
}

describe('the client gives back what the operations gave', () => {
  it('views, with their bigints', async () => {
    const operations = fakeOperations()
    await using api = await startApi({ operations })
    const client = clientOf(api)
    expect(await client.nodes()).toEqual([nodeView])
    expect(await client.workloads()).toEqual([workloadView])
    expect(await client.cluster()).toEqual({ name: 'demo', clusterEpoch: 'e1', term: 7n, version: '0.1.0', sessionAddress: '127.0.0.1:47100' })
    expect(await client.artifacts('Model')).toEqual([{ kind: 'Model', name: 'web', revision: 5n, document: { apiVersion: 'v1', odd: null } }])
    expect(operations.calls.at(-1)?.input).toBe('Model')
    expect(await client.scenarios()).toMatchObject([{ revision: 5n, phase: 'completed' }])
    expect(await client.packages()).toMatchObject([{ name: 'shop', models: [{ name: 'web' }] }])
  })

  it('mutations, with their input unchanged', async () => {
    const operations = fakeOperations()
    await using api = await startApi({ operations })
    const client = clientOf(api)
    const files = [{ name: 'ä b.yaml', text: 'kind: Model\n# ünïcode' }]
    expect(await client.apply(files)).toEqual({ revision: 2n ** 60n, artifacts: [{ kind: 'Model', name: 'web', change: 'created' }], warnings: ['w'] })
    expect(operations.calls.at(-1)?.input).toEqual(files)
    expect(await client.deleteManifest(files)).toMatchObject({ revision: 6n })
    expect(await client.deleteArtifact({ kind: 'Model', name: 'a/b?c' })).toEqual({ revision: 7n, deleted: [{ kind: 'Model', name: 'a/b?c' }] })
    await expect(client.deleteArtifact({ kind: 'Model', name: '..' })).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(await client.createToken({ nodeId: 'zone-b', validForMs: 60_000 })).toEqual({ token: 'pcl1.id.secret.pin', id: 'id', expiresAtMs: 9_000 })
  })

  it('events and log lines', async () => {
    const operations = fakeOperations()
    await using api = await startApi({ operations })
    const client = clientOf(api)
    expect(await take(client.events({ after: 5n, limit: 7 }), 9)).toEqual([clusterEvent(6n, '2.1')])
    expect(operations.calls.at(-1)?.input).toEqual({ follow: false, after: 5n, limit: 7 })
    expect(await take(client.logs({ workload: 'web', container: 'front', tail: 3 }), 9)).toEqual([
      { container: 'front', stream: 'stdout', line: 'hello\u2028there', atMs: 5_000 }, { container: 'front', stream: 'stderr', line: 'oh' },
    ])
  })
})

describe('errors come back as they were thrown', () => {
  it.each((Object.keys(errorCodes) as ErrorCode[]).filter((code) => code !== 'internal'))('%s', async (code) => {
    const thrown = new PiccoloError(code, 'Do this.', { details: { problems: [{ file: 'a.yaml', line: 3 }] } })
    await using api = await startApi({ operations: fakeOperations({ nodes: () => Promise.reject(thrown), events: () => failing(thrown) }) })
    const client = clientOf(api)
    const expected = { name: 'PiccoloError', code, message: 'Do this.', details: thrown.details }
    await expect(client.nodes()).rejects.toMatchObject(expected)
    await expect(take(client.events({ follow: true }), 1)).rejects.toMatchObject(expected)
  })

  it('a wrong token is unauthenticated, on calls and streams', async () => {
    await using api = await startApi()
    const client = clientOf(api, { token: 'stale' })
    await expect(client.nodes()).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(take(client.changes(), 1)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('a master that another authority signed is unauthenticated, and never sees the token', async () => {
    const operations = fakeOperations()
    await using api = await startApi({ operations })
    const client = clientOf(api, { fetch: (url, init) => undiciFetch(url, { ...init, dispatcher: new Agent() }) })
    await expect(client.nodes()).rejects.toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('could not prove') as string })
    expect(operations.calls).toEqual([])
  })

  it('nobody there is unavailable, with the address', async () => {
    const gone = await plainServer(() => undefined)
    await gone[Symbol.asyncDispose]()
    const client = createClient({ address: gone.address, token: 't' })
    await expect(client.nodes()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(`${gone.address} .*ECONNREFUSED`) as string })
    await expect(take(client.events({ follow: true }), 1)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it.each([[200, 'text/html', '<p>hello'], [502, 'text/html', '<p>bad gateway'], [500, 'application/json', '{"code":"made-up","detail":"x"}'], [200, 'text/plain', '']])(
    'what is not the API (%d %s) is said to be something else', async (status, type, body) => {
      await using other = await plainServer((_request, respond) => { respond(status, type, body) })
      const client = createClient({ address: other.address, token: 't' })
      await expect(client.nodes()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('not as Piccolo') as string })
      await expect(take(client.changes(), 1)).rejects.toMatchObject({ code: 'unavailable' })
    })

  it('a master that does not answer is given up at the deadline', async () => {
    await using other = await plainServer(() => undefined)
    const client = createClient({ address: other.address, token: 't', deadlineMs: 20 })
    await expect(client.nodes()).rejects.toMatchObject({ code: 'deadline-exceeded' })
    await expect(take(client.changes(), 1)).rejects.toMatchObject({ code: 'deadline-exceeded' })
  })

  it('an aborted call is aborted; an aborted stream just ends', async () => {
    await using api = await startApi({ operations: fakeOperations({ nodes: (_caller, signal) => untilAborted(signal).then(() => []) }) })
    const client = clientOf(api)
    await expect(client.nodes({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    const controller = new AbortController()
    const seen: ClusterEvent[] = []
    for await (const event of client.events({ follow: true, signal: controller.signal })) {
      seen.push(event)
      if (seen.length === 4) controller.abort()
    }
    expect(seen.length).toBe(4)
  })

  it.each(['', 'localhost:47099', 'ftp://x'])('refuses the address "%s"', (address) => {
    expect(() => createClient({ address, token: 't' })).toThrow(expect.objectContaining({ code: 'invalid-argument' }) as Error)
  })
})

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

  it('changes wake once for each return, since a change during the cut is not told', async () => {
    await using other = await plainServer((_request, respond) => { respond(200, 'text/event-stream', 'data: {}\n\n') })
    const client = createClient({ address: other.address, token: 't', reconnect })
    expect((await take(client.changes(), 5)).length).toBe(5)
  })

  it('a log stream that is cut says so', async () => {
    await using other = await plainServer((_request, respond) => { respond(200, 'text/event-stream', 'data: {"container":"a","stream":"stdout","line":"x"}\n\n') })
    const client = createClient({ address: other.address, token: 't' })
    await expect(take(client.logs({ workload: 'web', follow: true }), 5)).rejects.toMatchObject({ code: 'unavailable', details: { reason: 'stream-cut' } })
  })
})

function failing(error: Error): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
}

type Respond = (status: number, type: string, body: string, stayOpen?: boolean) => void

async function plainServer(handle: (request: { readonly headers: NodeJS.Dict<string | string[]> }, respond: Respond) => void): Promise<AsyncDisposable & { readonly address: string }> {
  const server: Server = createServer((request, response) => {
    handle(request, (status, type, body, stayOpen = false) => {
      response.writeHead(status, { 'content-type': type })
      response.write(body)
      if (!stayOpen) response.end()
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
    },
  }
}
