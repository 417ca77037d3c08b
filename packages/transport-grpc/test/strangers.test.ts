import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { AdapterContext, TlsIdentity } from '@piccolo/core/spi'
import { manualClock, type ManualClock } from '@piccolo/testing'
import { maxCallBytes } from '../src/codec/frames.js'
import { grpcTransport } from '../src/index.js'
import { openListener, type Crowd } from '../src/server/grpc-listener.js'
import { realContext } from './support/real-clock.js'
import { anyServer, beat, enrollReply, enrollRequest } from './support/samples.js'
import { material, never, stage, until } from './support/stage.js'

const patienceMs = 15_000
const RESOURCE_EXHAUSTED = '8'

interface Entered {
  readonly clock: ManualClock
  readonly port: number
  readonly address: string
  readonly warnings: object[]
}

/** A listener whose patience the test measures. */
async function listening(crowd: Partial<Crowd> = {}): Promise<Entered> {
  const clock = manualClock()
  const warnings: object[] = []
  const context: AdapterContext = { ...realContext(), clock }
  const listener = await openListener({
    listen: '127.0.0.1:0', tls: material.server, crowd: { patienceMs, most: 4, mostOfOneAddress: 2, ...crowd },
    context: { ...context, logger: { ...context.logger, warn: (fields) => void warnings.push(fields) } },
    handlers: {
      enroll: async () => enrollReply,
      renew: async () => enrollReply,
      session: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    },
  }, never)
  onTestFinished(async () => {
    const closing = listener.close()
    await clock.advance(1_000)
    await closing
  })
  return { clock, address: listener.address, port: Number(listener.address.split(':')[1]), warnings }
}

interface Visitor {
  readonly socket: Socket
  isGone(): boolean
}

function watched(socket: Socket): Visitor {
  let gone = false
  socket.on('error', () => undefined)
  socket.on('close', () => void (gone = true))
  socket.resume()
  onTestFinished(() => void socket.destroy())
  return { socket, isGone: () => gone }
}

/** Connects and says nothing. Known to the listener once another one has been served. */
async function mute(port: number, localAddress = '127.0.0.1'): Promise<Visitor> {
  const visitor = watched(connect({ port, host: '127.0.0.1', localAddress }))
  await new Promise((resolve) => visitor.socket.once('connect', resolve))
  return visitor
}

/** Finishes TLS and says nothing more. */
async function greeted(port: number, identity?: TlsIdentity): Promise<Visitor> {
  const own = identity && { cert: identity.certificateChainPem, key: identity.privateKeyPem }
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'], ...own })
  const visitor = watched(socket)
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  // The server's first word: it has taken the connection for finished.
  await new Promise((resolve) => socket.once('data', resolve))
  return visitor
}

function caller(address: string, identity?: TlsIdentity): ClientHttp2Session {
  const session = connectHttp2(`https://${address}`, { rejectUnauthorized: false, ...(identity && { cert: identity.certificateChainPem, key: identity.privateKeyPem }) })
  session.on('error', () => undefined)
  onTestFinished(() => session.destroy())
  return session
}

const call = (method: string) => ({ ':method': 'POST', ':path': `/piccolo.v1.LinkService/${method}`, 'content-type': 'application/grpc', te: 'trailers' })

test('who does not finish TLS within 15 s is hung up on, however busy it seems', async () => {
  const { clock, address, port } = await listening()
  const slow = await mute(port)
  // The head of a record of TLS that goes on for ever.
  slow.socket.write(Uint8Array.from([0x16, 0x03, 0x01, 0x20, 0x00]))
  await grpcTransport()(realContext()).enroll(address, enrollRequest, anyServer, never)
  for (let waited = 0; waited < patienceMs - 1_000; waited += 1_000) {
    slow.socket.write(Uint8Array.from([0x01]))
    await clock.advance(1_000)
  }
  expect(slow.isGone()).toBe(false)
  await clock.advance(1_000)
  await until(slow.isGone, 'the slow one is gone')
})

test.each([['a stranger', undefined], ['a node', material.node]])('%s who finishes TLS and makes no call within 15 s is hung up on', async (_, identity) => {
  const { clock, port } = await listening()
  const idle = await greeted(port, identity)
  await clock.advance(patienceMs - 1)
  expect(idle.isGone()).toBe(false)
  await clock.advance(1)
  await until(idle.isGone, 'the idle one is gone')
})

test('a call whose request never comes to its end is none', async () => {
  const { clock, address } = await listening()
  const session = caller(address)
  const stream = session.request(call('Enroll'))
  stream.on('error', () => undefined)
  stream.write(Uint8Array.from([0, 0, 0, 1]))
  await new Promise((resolve) => session.once('remoteSettings', resolve))
  await clock.advance(patienceMs)
  await until(() => session.destroyed, 'the connection is gone')
})

test('a connection whose call is over has 15 s for the next one', async () => {
  const { clock, address } = await listening()
  const session = caller(address)
  const refused = (): Promise<void> => new Promise((resolve) => {
    const stream = session.request(call('Enroll'))
    stream.on('error', () => undefined)
    stream.on('close', () => resolve())
    stream.resume()
    stream.end(Uint8Array.from([0, 0, 0, 0, 0]))
  })
  for (let times = 0; times < 3; times += 1) {
    await refused()
    await clock.advance(patienceMs - 1)
  }
  expect(session.destroyed).toBe(false)
  await clock.advance(1)
  await until(() => session.destroyed, 'the connection is gone')
})

test('a session may say nothing for as long as it likes', async () => {
  const { clock, address } = await listening()
  const channel = await grpcTransport()(realContext()).connect(address, { ...anyServer, identity: material.node }, never)
  await clock.advance(3_600_000)
  await channel.send(beat, never)
  await channel.close()
})

test('of those who wait too many of one address, and too many of all, the oldest go first; one who speaks gets in', async () => {
  const { address, port, warnings } = await listening()
  const places = ['127.0.0.2', '127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.3', '127.0.0.4']
  const visitors: Visitor[] = []
  for (const place of places) visitors.push(await mute(port, place))
  const gone = (): readonly number[] => visitors.flatMap(({ isGone }, index) => (isGone() ? [index] : []))
  // The third of 127.0.0.2 drove out its first; the fifth of all those who were left drove out its second.
  await until(() => gone().length === 2, 'two are gone')
  expect(gone()).toEqual([0, 1])
  await grpcTransport()(realContext()).enroll(address, enrollRequest, anyServer, never)
  await until(() => gone().length === 3, 'the next one made room')
  expect(gone()).toEqual([0, 1, 2])
  expect(warnings).toEqual([{ address: '127.0.0.2', waitingFor: 'the end of TLS', waiting: 3 }])
})

test('strangers who have finished TLS and say nothing crowd out each other, and no node', async () => {
  const { address, port } = await listening()
  const agent = grpcTransport()(realContext())
  const channel = await agent.connect(address, { ...anyServer, identity: material.node }, never)
  const node = await greeted(port, material.otherNode)
  const crowd = [await greeted(port), await greeted(port), await greeted(port)]
  await until(() => crowd[0]?.isGone() === true, 'the oldest stranger is gone')
  expect([crowd[1]?.isGone(), crowd[2]?.isGone(), node.isGone()]).toEqual([false, false, false])
  await channel.send(beat, never)
  await channel.close()
})

test('a stranger’s message of more than 64 KiB is refused when it is announced', async () => {
  const { listener, enrolled } = await stage()
  const session = caller(listener.address)
  for (const method of ['Enroll', 'Renew']) {
    const status = await new Promise((resolve) => {
      const stream = session.request(call(method))
      stream.on('error', () => undefined)
      for (const part of ['response', 'trailers']) stream.on(part, (headers: Readonly<Record<string, unknown>>) => { if ('grpc-status' in headers) resolve(headers['grpc-status']) })
      stream.resume()
      const head = Buffer.alloc(5)
      head.writeUInt32BE(maxCallBytes + 1, 1)
      stream.write(head)
    })
    expect(status).toBe(RESOURCE_EXHAUSTED)
  }
  expect(enrolled).toEqual([])
})
