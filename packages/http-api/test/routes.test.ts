import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, tokens, type RunningApi } from './support/api.js'
import { fakeOperations } from './support/fake-operations.js'
import { takeEvents } from './support/sse.js'

const operations = fakeOperations()
let api: RunningApi
beforeAll(async () => { api = await startApi({ operations }) })
afterAll(async () => { await api[Symbol.asyncDispose]() })

const json = (body: unknown) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
const files = { files: [{ name: 'a.yaml', text: 'kind: Model' }, { name: 'b.yaml', text: '' }] }
const signals = { signals: [{ name: 'cabin#heat', value: 21.5 }, { name: 'door', value: true }, { name: 'mode', value: 'sport' }, { name: 'rain', value: null }] }
const yaml = { body: 'kind: Model', headers: { 'content-type': 'text/plain; charset=utf-8' } }

describe('each route calls its operation and answers with its view', () => {
  it.each([
    ['GET', '/api/v1/cluster', {}, 'cluster', undefined, { name: 'demo', term: '7' }],
    ['GET', '/api/v1/nodes', {}, 'nodes', undefined, { items: [{ name: 'zone-a', heldGeneration: '9007199254740993', wantedGeneration: '9007199254740995' }] }],
    ['GET', '/api/v1/workloads', {}, 'workloads', undefined, { items: [{ workload: 'web', epoch: '12' }] }],
    ['GET', '/api/v1/packages', {}, 'packages', undefined, { items: [{ name: 'shop', state: 'running' }] }],
    ['GET', '/api/v1/scenarios', {}, 'scenarios', undefined, { items: [{ name: 'start-shop', revision: '5' }] }],
    ['GET', '/api/v1/artifacts', {}, 'artifacts', undefined, { items: [{ kind: 'Model', document: { apiVersion: 'v1', odd: null } }] }],
    ['GET', '/api/v1/artifacts?kind=Model', {}, 'artifacts', 'Model', { items: [{ kind: 'Model' }] }],
    ['GET', '/api/v1/events?limit=3&after=4', {}, 'events', { follow: false, limit: 3, after: 4n }, { items: [{ id: '1.2', revision: '5' }, { id: '1.3' }, { id: '2.1' }] }],
    ['GET', '/api/v1/signals', {}, 'signals', undefined, { items: [{ name: 'cabin#heat', value: 21.5, awaitedBy: ['start-shop'] }] }],
    ['POST', '/api/v1/signals', json(signals), 'publishSignals', signals.signals, { published: 4 }],
    ['POST', '/api/v1/artifacts', json(files), 'apply', files.files, { revision: (2n ** 60n).toString(), warnings: ['w'] }],
    ['POST', '/api/v1/artifacts', yaml, 'apply', [{ name: 'body', text: 'kind: Model' }], { artifacts: [{ change: 'created' }] }],
    ['DELETE', '/api/v1/artifacts', json(files), 'deleteManifest', files.files, { revision: '6' }],
    ['DELETE', '/api/v1/artifacts/Model/web', {}, 'deleteArtifact', { kind: 'Model', name: 'web' }, { deleted: [{ kind: 'Model', name: 'web' }] }],
    ['GET', '/api/v1/tokens', {}, 'tokens', undefined, { items: [{ id: 'abcdef012345', state: 'open' }] }],
    ['DELETE', '/api/v1/tokens/abcdef012345', {}, 'revokeToken', 'abcdef012345', { revoked: 'abcdef012345' }],
    ['GET', '/api/v1/approvals', {}, 'approvals', undefined, { items: [{ node: 'zone-a', reason: 'other-key' }] }],
    ['POST', '/api/v1/nodes/zone-a/approve', {}, 'approve', { node: 'zone-a' }, { node: 'zone-a' }],
    ['POST', '/api/v1/nodes/zone-a/approve', json({ key: 'ab12' }), 'approve', { node: 'zone-a', key: 'ab12' }, { node: 'zone-a' }],
    ['POST', '/api/v1/nodes/zone%20a/deny', json({ key: 'ab12' }), 'deny', { node: 'zone a', key: 'ab12' }, { node: 'zone a' }],
    ['POST', '/api/v1/nodes/zone-a/revoke', {}, 'revokeNode', { node: 'zone-a' }, { node: 'zone-a' }],
    ['POST', '/api/v1/nodes/zone-a/revoke', json({ workloads: 'stop', reason: 'stolen' }), 'revokeNode', { node: 'zone-a', workloads: 'stop', reason: 'stolen' }, { node: 'zone-a' }],
    ['POST', '/api/v1/nodes/zone-a/quarantine', json({ reason: 'odd' }), 'quarantineNode', { node: 'zone-a', reason: 'odd' }, { node: 'zone-a' }],
    ['POST', '/api/v1/nodes/zone-a/release', {}, 'releaseNode', 'zone-a', { node: 'zone-a' }],
    ['PUT', '/api/v1/nodes/zone-a/role', json({ role: 'monitor' }), 'setNodeRole', { node: 'zone-a', role: 'monitor' }, { node: 'zone-a' }],
    ['GET', '/api/v1/audit?limit=5&before=1.4', {}, 'audit', { limit: 5, before: '1.4' }, { items: [{ id: '1.1', who: 'admin:ada', outcome: 'done' }] }],
    ['POST', '/api/artifact', yaml, 'apply', [{ name: 'body', text: 'kind: Model' }], { revision: (2n ** 60n).toString() }],
    ['DELETE', '/api/artifact', yaml, 'deleteManifest', [{ name: 'body', text: 'kind: Model' }], { revision: '6' }],
  ] as const)('%s %s', async (method, path, init, operation, input, view) => {
    const before = operations.calls.length
    const response = await api.request(path, { method, ...init })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject(view)
    const calls = operations.calls.slice(before)
    expect(calls).toMatchObject([{ operation, input, caller: { principal: { name: 'admin' } } }])
    expect(calls[0]?.caller.source).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  it('POST /api/v1/tokens answers 201, with or without a body', async () => {
    const request = { validForMs: 60_000, nodeId: 'zone-b', type: 'cloud', role: 'gateway', labels: { site: 'x' }, addresses: ['10.0.7.0/24', 'fd00::7'] }
    const response = await api.request('/api/v1/tokens', { method: 'POST', ...json(request) })
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ token: 'pcl1.id.secret.pin', id: 'id', expiresAtMs: 9_000 })
    expect(operations.calls.at(-1)?.input).toEqual(request)
    expect((await api.request('/api/v1/tokens', { method: 'POST' })).status).toBe(201)
    expect(operations.calls.at(-1)?.input).toEqual({})
  })

  it('a request keeps the name and the trace it brings, for the audit and the logs; what is unfit is left out', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const response = await api.request('/api/v1/nodes', { headers: { 'x-request-id': 'job-7:1', traceparent } })
    expect(response.headers.get('x-request-id')).toBe('job-7:1')
    expect(operations.calls.at(-1)?.caller.context).toEqual({ requestId: 'job-7:1', traceparent })
    for (const [id, trace] of [['a b', `${traceparent}-x`], ['x'.repeat(129), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`], ['"', 'ff']] as const) {
      const other = await api.request('/api/v1/nodes', { headers: { 'x-request-id': id, traceparent: trace } })
      expect(operations.calls.at(-1)?.caller.context).toEqual({ requestId: other.headers.get('x-request-id') })
      expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/)
    }
  })

  it('GET workloads/NAME/logs streams lines and says when they end', async () => {
    const response = await api.request('/api/v1/workloads/web/logs?container=front&tail=2')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await takeEvents(response, 3)).toEqual([
      { event: 'message', data: { container: 'front', stream: 'stdout', line: 'hello\u2028there', atMs: 5_000 } },
      { event: 'message', data: { container: 'front', stream: 'stderr', line: 'oh' } },
      { event: 'end', data: {} },
    ])
    expect(operations.calls.at(-1)?.input).toEqual({ workload: 'web', container: 'front', tail: 2, follow: false })
  })

  it('GET changes sends an empty event a change', async () => {
    expect(await takeEvents(await api.request('/api/v1/changes'), 2)).toEqual([{ event: 'message', data: {} }, { event: 'message', data: {} }])
  })
})

describe('nobody gets in without a token', () => {
  const outsiders: readonly (readonly [string, Record<string, string>])[] = [
    ['no header', { authorization: '' }], ['an unknown token', { authorization: 'Bearer nobody' }], ['another scheme', { authorization: `Basic ${tokens.admin}` }],
    ['an endless token', { authorization: `Bearer ${'x'.repeat(5_000)}` }],
  ]
  it.each(outsiders)('%s → 401 on every route, known or not', async (_title, headers) => {
    const before = operations.calls.length
    for (const [method, path] of [['GET', '/'], ['GET', '/api/v1/nodes'], ['POST', '/api/v1/artifacts'], ['GET', '/api/v1/events?follow=true'], ['DELETE', '/api/artifact'], ['GET', '/nowhere']] as const) {
      const response = await api.request(path, { method, headers })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('Bearer')
      expect(await response.json()).toMatchObject({ code: 'unauthenticated', status: 401, retryable: false })
    }
    expect(operations.calls.length).toBe(before)
  })

  it.each([
    ['POST', '/api/v1/artifacts', yaml], ['DELETE', '/api/v1/artifacts', yaml], ['DELETE', '/api/v1/artifacts/Model/web', {}], ['POST', '/api/v1/tokens', {}],
    ['POST', '/api/v1/signals', json(signals)], ['DELETE', '/api/v1/tokens/abcdef012345', {}], ['GET', '/api/v1/audit', {}],
    ['POST', '/api/v1/nodes/zone-a/approve', {}], ['POST', '/api/v1/nodes/zone-a/deny', {}], ['POST', '/api/v1/nodes/zone-a/revoke', {}],
    ['POST', '/api/v1/nodes/zone-a/quarantine', {}], ['POST', '/api/v1/nodes/zone-a/release', {}], ['PUT', '/api/v1/nodes/zone-a/role', json({ role: 'monitor' })],
    ['POST', '/api/artifact', yaml], ['DELETE', '/api/artifact', yaml],
  ] as const)('a viewer is refused %s %s', async (method, path, init) => {
    const headers = { ...('headers' in init ? init.headers : {}), authorization: `Bearer ${tokens.viewer}` }
    const response = await api.request(path, { method, ...init, headers })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'permission-denied' })
    expect(operations.calls.at(-1)?.caller.principal).toMatchObject({ name: 'viewer' })
  })
})
