import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApi, type RunningApi } from './support/api.js'
import { fakeOperations } from './support/fake-operations.js'

const operations = fakeOperations()
let api: RunningApi
beforeAll(async () => { api = await startApi({ operations, limits: { maxBodyBytes: 4096 } }) })
afterAll(async () => { await api[Symbol.asyncDispose]() })

it('X1: a thousand malformed bodies are each refused with a problem document', async () => {
  const good = JSON.stringify({ files: [{ name: 'a.yaml', text: 'kind: Model' }] })
  const broken = fc.oneof(
    fc.json(), fc.string({ unit: 'binary' }),
    fc.tuple(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 3 })).map(([at, noise]) => good.slice(0, at) + noise + good.slice(at + 1)),
    fc.nat(good.length - 1).map((length) => good.slice(0, length)),
  )
  await fc.assert(fc.asyncProperty(broken, fc.constantFrom('/api/v1/artifacts', '/api/v1/tokens'), async (body, path) => {
    const before = operations.calls.length
    const response = await api.request(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    if (response.status >= 400) {
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'invalid-argument' })
      expect(operations.calls.length).toBe(before)
    } else {
      // Some noise leaves a valid request behind: then it must have arrived as such.
      expect(operations.calls.length).toBe(before + 1)
      await response.text()
    }
  }), { numRuns: 1000 })
}, 120_000)
