import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { PiccoloError, type Door, type TlsIdentity } from '@piccolo/core/spi'
import { manualClock } from '@piccolo/testing'
import { Agent, fetch } from 'undici'
import { describe, expect, it } from 'vitest'
import { certificates, startApi, tokens, type RunningApi } from './support/api.js'
import { testCertificates } from './support/certificate.js'
import { fakeOperations } from './support/fake-operations.js'
import { systemClock } from './support/system-clock.js'

const hourMs = 3_600_000

/** A door that knows one certificate, and the admin's token. */
function doorFor({ certificateChainPem }: TlsIdentity): Door & { readonly asked: string[] } {
  const known = new X509Certificate(certificateChainPem).raw
  const asked: string[] = []
  return {
    asked,
    async admit(proof) {
      asked.push(proof.type)
      if (proof.type === 'certificate' && known.equals(proof.certificate)) return { kind: 'person', name: 'ada', role: 'operator' }
      if (proof.type === 'bearer' && proof.token === tokens.admin) return { kind: 'person', name: 'admin', role: 'admin' }
      throw new PiccoloError('unauthenticated', 'Not known here.')
    },
  }
}

async function askedBy(api: Pick<RunningApi, 'address' | 'caPem'>, identity: TlsIdentity, headers: Readonly<Record<string, string>> = {}) {
  const dispatcher = new Agent({ connect: { ca: api.caPem, servername: 'piccolo-master', cert: identity.certificateChainPem, key: identity.privateKeyPem } })
  try {
    const response = await fetch(`${api.address}/api/v1/nodes`, { dispatcher, headers })
    return { status: response.status, body: await response.json() }
  } finally {
    await dispatcher.destroy()
  }
}

describe('a client certificate', () => {
  it('proves who calls, as a token does', async () => {
    const { client } = await certificates
    const identity = await client()
    const operations = fakeOperations()
    await using api = await startApi({ operations, door: doorFor(identity) })
    expect(await askedBy(api, identity)).toMatchObject({ status: 200 })
    expect(operations.calls).toMatchObject([{ caller: { principal: { name: 'ada', role: 'operator' } } }])
    expect(await askedBy(api, await client())).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  })

  it('goes behind a token that comes with it', async () => {
    const identity = await (await certificates).client()
    const operations = fakeOperations()
    const door = doorFor(identity)
    await using api = await startApi({ operations, door })
    expect(await askedBy(api, identity, { authorization: `Bearer ${tokens.admin}` })).toMatchObject({ status: 200 })
    expect(operations.calls).toMatchObject([{ caller: { principal: { name: 'admin' } } }])
    expect(await askedBy(api, identity, { authorization: 'Bearer stale' })).toMatchObject({ status: 401 })
    expect(door.asked).toEqual(['bearer', 'bearer'])
  })

  it.each([
    ['another authority signed', async () => (await testCertificates()).client()],
    ['another authority signed and that is over', async () => (await testCertificates()).client({ notAfterMs: Date.now() - hourMs, notBeforeMs: Date.now() - 2 * hourMs })],
    ['is for servers', async () => (await certificates).client({ usage: 'serverAuth' })],
    ['is for servers and over', async () => (await certificates).client({ usage: 'serverAuth', notAfterMs: Date.now() - hourMs, notBeforeMs: Date.now() - 2 * hourMs })],
  ] as const)('that %s is as good as none: the door is not even asked', async (_title, make) => {
    const identity = await make()
    const door = doorFor(identity)
    await using api = await startApi({ door })
    expect(await askedBy(api, identity)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(door.asked).toEqual([])
  })

  it('that is over is refused by the master\'s time; one not valid yet is taken', async () => {
    const { client } = await certificates
    const [past, early] = await Promise.all([client({ notBeforeMs: Date.now() - 3 * hourMs, notAfterMs: Date.now() - 2 * hourMs }), client({ notBeforeMs: Date.now() + hourMs, notAfterMs: Date.now() + 2 * hourMs })])
    {
      await using api = await startApi({ door: doorFor(past) })
      expect(await askedBy(api, past)).toMatchObject({ status: 401, body: { code: 'expired' } })
    }
    {
      await using api = await startApi({ door: doorFor(early) })
      expect(await askedBy(api, early)).toMatchObject({ status: 200 })
    }
    // The machine's clock says that it is over, the master knows better.
    const clock = { ...manualClock(Date.now() - 2.5 * hourMs), schedule: systemClock.schedule }
    await using api = await startApi({ clock, door: doorFor(past) })
    expect(await askedBy(api, past)).toMatchObject({ status: 200 })
  })

  it('is known on a connection that takes up the TLS session of another', async () => {
    const identity = await (await certificates).client()
    await using api = await startApi({ door: doorFor(identity) })
    const first = await overTls(api, identity)
    expect(first).toMatchObject({ status: 200, resumed: false })
    expect(await overTls(api, identity, first.session)).toMatchObject({ status: 200, resumed: true })
  })

  it('of an authority that came later counts from then on, and the server shows its new certificate', async () => {
    const later = await testCertificates()
    const identity = await later.client()
    await using api = await startApi({ door: doorFor(identity) })
    expect((await api.request('/api/v1/nodes')).status).toBe(200)
    expect(await askedBy(api, identity)).toMatchObject({ status: 401 })
    api.surface.updateTls?.({ identity: later.identity, authoritiesPem: [later.caPem, api.caPem] })
    expect(await askedBy({ address: api.address, caPem: later.caPem }, identity)).toMatchObject({ status: 200 })
    // Who was connected before goes on.
    expect((await api.request('/api/v1/nodes')).status).toBe(200)
  })

  it('material that does not fit together is refused, and the one before stays', async () => {
    await using api = await startApi()
    const [one, other] = await Promise.all([testCertificates(), testCertificates()])
    const mixed = { certificateChainPem: one.identity.certificateChainPem, privateKeyPem: other.identity.privateKeyPem }
    expect(() => api.surface.updateTls?.({ identity: mixed, authoritiesPem: [one.caPem] })).toThrow(expect.objectContaining({ code: 'invalid-argument' }) as Error)
    expect((await api.request('/api/v1/nodes')).status).toBe(200)
  })
})

/** One request over a connection of its own, and the TLS session that the next one may take up. */
function overTls(api: RunningApi, identity: TlsIdentity, session?: Buffer): Promise<{ readonly status: number; readonly resumed: boolean; readonly session: Buffer | undefined }> {
  const { hostname, port } = new URL(api.address)
  return new Promise((resolve, reject) => {
    let next: Buffer | undefined
    let answer = ''
    let resumed = false
    const socket = connect({
      host: hostname, port: Number(port), ca: api.caPem, servername: 'piccolo-master', cert: identity.certificateChainPem, key: identity.privateKeyPem, ...(session === undefined ? {} : { session }),
    }, () => {
      resumed = socket.isSessionReused()
      socket.write('GET /api/v1/nodes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    })
    socket.on('session', (given) => { next = given })
    socket.on('data', (bytes: Buffer) => { answer += bytes.toString() })
    socket.on('error', reject)
    socket.on('close', () => { resolve({ status: Number(answer.split(' ')[1]), resumed, session: next }) })
  })
}
