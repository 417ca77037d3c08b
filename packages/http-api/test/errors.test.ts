import { errorCodes, PiccoloError, type ErrorCode, type Logger } from '@piccolo/core/spi'
import { manualClock } from '@piccolo/testing'
import { describe, expect, it } from 'vitest'
import { httpStatuses } from '../src/index.js'
import { startApi, tokens } from './support/api.js'
import { fakeOperations, untilAborted } from './support/fake-operations.js'
import { waitUntil } from './support/wait-until.js'

describe('errors are problem documents', () => {
  it.each(Object.keys(errorCodes) as ErrorCode[])('%s keeps its code, message and details, under its own status', async (code) => {
    await using api = await startApi({ operations: fakeOperations({ nodes: () => Promise.reject(new PiccoloError(code, 'Do this instead.', { details: { problems: [{ line: 3 }] } })) }) })
    const response = await api.request('/api/v1/nodes')
    expect(response.status).toBe(httpStatuses[code])
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = await response.json() as Record<string, unknown>
    expect(problem).toMatchObject({ type: `urn:piccolo:error:${code}`, status: httpStatuses[code], code, retryable: errorCodes[code].retryable })
    if (code !== 'internal') expect(problem).toMatchObject({ detail: 'Do this instead.', details: { problems: [{ line: 3 }] } })
  })

  it('a refusal that passes says after how many seconds', async () => {
    const full = new PiccoloError('resource-exhausted', 'Try again later.', { details: { retryAfterMs: 1_200 } })
    await using api = await startApi({ operations: fakeOperations({ nodes: () => Promise.reject(full) }) })
    const response = await api.request('/api/v1/nodes')
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '2'])
  })

  it('a defect is logged with its words, and the client learns only where to look', async () => {
    const lines: object[] = []
    const logger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (fields) => { lines.push(fields) } }
    await using api = await startApi({ logger, operations: fakeOperations({ nodes: () => Promise.reject(new TypeError('secret path /root')) }) })
    const response = await api.request('/api/v1/nodes')
    const problem = await response.json() as Record<string, unknown>
    expect(JSON.stringify(problem)).not.toContain('secret')
    expect(lines).toEqual([expect.objectContaining({ requestId: problem['requestId'], error: expect.stringContaining('secret path') as string })])
    expect(response.headers.get('x-request-id')).toBe(problem['requestId'])
  })

  it('an unknown path or method is not-found and says where the API is', async () => {
    await using api = await startApi()
    for (const [method, path] of [['GET', '/nowhere'], ['PUT', '/api/v1/nodes'], ['GET', '/api/artifact']] as const) {
      const response = await api.request(path, { method })
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ code: 'not-found', detail: expect.stringContaining(`${method} ${path}`) as string })
    }
  })

  it('an operation that takes too long is told to stop, and answered with 504', async () => {
    const clock = manualClock()
    let stopped: unknown
    const operations = fakeOperations({ nodes: async (_caller, signal) => { await untilAborted(signal); stopped = signal.reason; return await new Promise<never>(() => undefined) } })
    await using api = await startApi({ clock, operations })
    const answer = api.request('/api/v1/nodes')
    await waitUntil(() => clock.pending > 0)
    await clock.advance(30_000)
    const response = await answer
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'deadline-exceeded', retryable: true })
    expect(stopped).toMatchObject({ code: 'deadline-exceeded' })
    expect(clock.pending).toBe(0)
  })

  it('an operation is told when its client goes away', async () => {
    let stopped: unknown
    const operations = fakeOperations({ nodes: async (_caller, signal) => { asked = true; await untilAborted(signal); stopped = signal.reason; return [] } })
    let asked = false
    await using api = await startApi({ operations })
    const client = new AbortController()
    const answer = api.request('/api/v1/nodes', { signal: client.signal })
    await waitUntil(() => asked)
    client.abort()
    await expect(answer).rejects.toThrow()
    await waitUntil(() => stopped !== undefined)
    expect(stopped).toMatchObject({ code: 'aborted' })
  })

  it('no token, query or body shows in the log', async () => {
    const lines: string[] = []
    const keep = (fields: object, message: string): void => { lines.push(JSON.stringify(fields) + message) }
    await using api = await startApi({ logger: { debug: keep, info: keep, warn: keep, error: keep } })
    await api.request('/api/v1/nodes?token=in-query')
    await api.request('/api/v1/tokens', { method: 'POST', body: '{"nodeId":"in-body"}' })
    await api.request('/api/v1/nodes', { headers: { authorization: 'Bearer unknown-one' } })
    expect(lines.length).toBeGreaterThanOrEqual(3)
    for (const secret of [tokens.admin, 'in-query', 'in-body', 'unknown-one', 'pcl1']) expect(lines.join('\n')).not.toContain(secret)
  })
})
