import { connect } from 'node:tls'
import { PiccoloError } from '@piccolo/core/spi'
import { seededRandom, silentLogger } from '@piccolo/testing'
import { describe, expect, it } from 'vitest'
import { httpApi } from '../src/index.js'
import { startApi } from './support/api.js'
import { testCertificates } from './support/certificate.js'
import { fakeOperations, untilAborted } from './support/fake-operations.js'
import { systemClock } from './support/system-clock.js'
import { waitUntil } from './support/wait-until.js'

const signal = new AbortController().signal

async function surfaceOn(listen: string) {
  const { caPem, identity } = await testCertificates()
  return httpApi({ listen })({
    clock: systemClock, logger: silentLogger, random: seededRandom(1), cluster: 'demo', operations: fakeOperations(),
    door: { admit: () => Promise.reject(new PiccoloError('unauthenticated', 'Nobody is known here.')) }, server: { identity, authoritiesPem: [caPem] },
  })
}

describe('the surface', () => {
  it.each(['', 'localhost', '47099', 'localhost:', 'localhost:99999', '::1:47099', '[::1]', 'a b:1'])('refuses to listen on "%s" before it is started', (listen) => {
    expect(() => httpApi({ listen })).toThrow(expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining('HOST:PORT') as string }) as Error)
  })

  it('says where it listens, the real port included', async () => {
    await using api = await startApi()
    expect(api.address).toMatch(/^https:\/\/127\.0\.0\.1:[1-9]\d+$/)
  })

  it('refuses a port in use, naming it', async () => {
    await using api = await startApi()
    const { host } = new URL(api.address)
    const second = await surfaceOn(host)
    await expect(second.start(signal)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining(host) as string })
    await second.close()
  })

  it('refuses an address of another machine', async () => {
    await expect((await surfaceOn('203.0.113.9:0')).start(signal)).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('refuses a second start, and a start after close', async () => {
    await using api = await startApi()
    await expect(api.surface.start(signal)).rejects.toMatchObject({ code: 'failed-precondition' })
    await api.surface.close()
    await expect(api.surface.start(signal)).rejects.toMatchObject({ code: 'failed-precondition' })
  })

  it('an aborted start leaves nothing behind', async () => {
    const surface = await surfaceOn('127.0.0.1:0')
    await expect(surface.start(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
    await surface.close()
    await surface.close()
  })

  it('answers a request that is under way when it closes, then frees the port', async () => {
    let asked = false
    const operations = fakeOperations({ nodes: async (_caller, stop) => { asked = true; await untilAborted(stop); return [] } })
    await using api = await startApi({ operations })
    const answer = api.request('/api/v1/nodes')
    await waitUntil(() => asked)
    await api.surface.close()
    const response = await answer
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'unavailable', detail: expect.stringContaining('stopping') as string })
    const again = await surfaceOn(new URL(api.address).host)
    await again.start(signal)
    await again.close()
  })

  it('speaks TLS 1.3 only', async () => {
    await using api = await startApi()
    const { hostname, port } = new URL(api.address)
    const outcome = (maxVersion: 'TLSv1.2' | 'TLSv1.3') => new Promise<string>((resolve) => {
      const socket = connect({ host: hostname, port: Number(port), ca: api.caPem, servername: 'piccolo-master', maxVersion }, () => {
        resolve(socket.getProtocol() ?? '')
        socket.destroy()
      })
      socket.on('error', () => { resolve('refused') })
    })
    expect(await outcome('TLSv1.3')).toBe('TLSv1.3')
    expect(await outcome('TLSv1.2')).toBe('refused')
  })
})
