import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, type RunningApi } from './support/api.js'
import { fakeOperations } from './support/fake-operations.js'

const operations = fakeOperations()
let api: RunningApi
beforeAll(async () => { api = await startApi({ operations, limits: { maxBodyBytes: 4096 } }) })
afterAll(async () => { await api[Symbol.asyncDispose]() })

const post = (body: string | Uint8Array, type = 'application/json') => api.request('/api/v1/artifacts', { method: 'POST', body, headers: { 'content-type': type } })

describe('a body is checked before it reaches an operation', () => {
  it.each([
    ['no JSON', '{"files": [', 'not valid JSON'],
    ['empty', '', 'not valid JSON'],
    ['no files', '{"files": []}', 'body.files: expected at least one file'],
    ['a wrong type', '{"files": [{"name": "a", "text": 5}]}', 'body.files[0].text'],
    ['an unknown field', '{"files": [{"name": "a", "text": "", "mode": 7}]}', 'mode'],
    ['an array', '[]', 'body'],
    ['a prototype', '{"__proto__": {"files": []}, "files": [{"name": "a", "text": ""}]}', '__proto__'],
    ['deep nesting', '['.repeat(4000), 'not valid JSON'],
  ])('%s → 400 that says where', async (_title, body, words) => {
    const before = operations.calls.length
    const response = await post(body)
    expect(response.status).toBe(400)
    const problem = await response.json() as { readonly code: string; readonly detail: string }
    expect(problem.code).toBe('invalid-argument')
    expect(problem.detail).toContain(words)
    expect(operations.calls.length).toBe(before)
  })

  it.each([
    ['/api/v1/events?limit=many', 'query.limit'], ['/api/v1/events?limit=1000000', 'query.limit'], ['/api/v1/events?after=-1', 'query.after'], ['/api/v1/events?since=1', 'since'],
    ['/api/v1/workloads/web/logs?tail=1.5', 'query.tail'], ['/api/v1/workloads/web/logs?follow=maybe', 'query.follow'], ['/api/v1/artifacts?kind=', 'query.kind'],
    ['/api/v1/audit?limit=1001', 'query.limit'], ['/api/v1/audit?before=last', 'query.before'],
  ])('GET %s → 400 that names the field', async (path, words) => {
    const response = await api.request(path)
    expect(response.status).toBe(400)
    expect((await response.json() as { readonly detail: string }).detail).toContain(words)
  })

  it.each([
    ['{"validForMs": 5}', 'body.validForMs'], ['{"validForMs": 86400001}', 'body.validForMs'], ['{"role": "king"}', 'body.role'], ['{"labels": {"a": 1}}', 'body.labels'], ['{"nodeID": "x"}', 'nodeID'],
  ])('a token request %s → 400', async (body, words) => {
    const response = await api.request('/api/v1/tokens', { method: 'POST', body })
    expect(response.status).toBe(400)
    expect((await response.json() as { readonly detail: string }).detail).toContain(words)
  })

  it.each([
    ['POST', 'approve', '{"key": "XY"}', 'body.key'], ['POST', 'deny', '{"key": ""}', 'body.key'], ['POST', 'revoke', '{"workloads": "burn"}', 'body.workloads'],
    ['POST', 'revoke', `{"reason": "${'x'.repeat(501)}"}`, 'body.reason'], ['POST', 'quarantine', '{"until": 5}', 'until'], ['POST', 'release', '{"now": true}', 'now'],
    ['PUT', 'role', '{"role": "king"}', 'body.role'], ['PUT', 'role', '', 'body.role'],
  ])('%s nodes/NAME/%s with %s → 400', async (method, deed, body, words) => {
    const before = operations.calls.length
    const response = await api.request(`/api/v1/nodes/zone-a/${deed}`, { method, body })
    expect(response.status).toBe(400)
    expect((await response.json() as { readonly detail: string }).detail).toContain(words)
    expect(operations.calls.length).toBe(before)
  })

  it('what is not UTF-8 is refused', async () => {
    const response = await post(Uint8Array.of(0x6b, 0xff, 0xfe), 'text/plain')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('UTF-8') as string })
  })

  it('another content type is refused, and the right ones are named', async () => {
    const response = await post('a=b', 'application/x-www-form-urlencoded')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('application/yaml') as string })
  })

  it('a body at the limit is taken, one byte more is 413 with the limit', async () => {
    expect((await post('x'.repeat(4096), 'text/plain')).status).toBe(200)
    const response = await post('x'.repeat(4097), 'text/plain')
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'too-large', retryable: false, details: { maxBytes: 4096 } })
  })

  it('a body without a length is cut off at the limit', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({ pull(controller) { sent += 1024; controller.enqueue(new Uint8Array(1024).fill(97)); if (sent >= 64 * 1024) controller.close() } })
    const response = await api.request('/api/v1/artifacts', { method: 'POST', body: endless, duplex: 'half', headers: { 'content-type': 'text/plain' } })
    expect(response.status).toBe(413)
  })
})
