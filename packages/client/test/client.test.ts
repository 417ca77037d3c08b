import { errorCodes, PiccoloError, type ClusterEvent, type ErrorCode } from '@piccolo/core/spi'
import { Agent, fetch as undiciFetch } from 'undici'
import { describe, expect, it } from 'vitest'
import { startApi } from '../../http-api/test/support/api.js'
import { clusterEvent, fakeOperations, nodeView, untilAborted, workloadView } from '../../http-api/test/support/fake-operations.js'
import { createClient } from '../src/index.js'
import { clientOf, take } from './support/client-of.js'
import { plainServer } from './support/plain-server.js'

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
    expect(await client.signals()).toEqual([{ name: 'cabin#heat', value: 21.5, atMs: 4_000, awaitedBy: ['start-shop'] }])
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
    await client.publishSignals([{ name: 'door', value: null }, { name: 'cabin#heat', value: 21.5 }])
    expect(operations.calls.at(-1)?.input).toEqual([{ name: 'door', value: null }, { name: 'cabin#heat', value: 21.5 }])
    expect(await client.createToken({ nodeId: 'zone-b', validForMs: 60_000 })).toEqual({ token: 'pcl1.id.secret.pin', id: 'id', expiresAtMs: 9_000 })
  })

  it('what a person decides about nodes, tokens and boards that wait', async () => {
    const operations = fakeOperations()
    await using api = await startApi({ operations })
    const client = clientOf(api)
    expect(await client.tokens()).toEqual([{ id: 'abcdef012345', state: 'open', createdAtMs: 1_000, expiresAtMs: 901_000, nodeId: 'zone-b' }])
    expect(await client.approvals()).toEqual([expect.objectContaining({ node: 'zone-a', reason: 'other-key', hostname: 'board-9' })])
    expect(await client.audit({ limit: 2, before: '1.2' })).toEqual([{ id: '1.1', atMs: 1_000, who: 'admin:ada', source: '127.0.0.1:55012', operation: 'apply', subject: 'Model/web', outcome: 'done' }])
    await client.revokeToken('abcdef012345')
    await client.approve({ node: 'zone a' })
    await client.approve({ node: 'zone-a', key: 'ab' })
    await client.deny({ node: 'zone-a', key: 'cd' })
    await client.revokeNode('zone-a')
    await client.revokeNode('zone-a', { workloads: 'stop', reason: 'stolen' })
    await client.quarantineNode('zone-a', { reason: 'odd' })
    await client.releaseNode('zone-a')
    await client.setNodeRole('zone-a', 'gateway')
    expect(operations.calls.slice(2).map(({ operation, input }) => [operation, input])).toEqual([
      ['audit', { limit: 2, before: '1.2' }], ['revokeToken', 'abcdef012345'], ['approve', { node: 'zone a' }], ['approve', { node: 'zone-a', key: 'ab' }],
      ['deny', { node: 'zone-a', key: 'cd' }], ['revokeNode', { node: 'zone-a' }], ['revokeNode', { node: 'zone-a', workloads: 'stop', reason: 'stolen' }],
      ['quarantineNode', { node: 'zone-a', reason: 'odd' }], ['releaseNode', 'zone-a'], ['setNodeRole', { node: 'zone-a', role: 'gateway' }],
    ])
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

function failing(error: Error): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
}
