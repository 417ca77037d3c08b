import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { PiccoloError } from '@piccolo/core/spi'
import { early, ephemeralAuthority, leafOf, over, transportMaterial } from './support/ephemeral-authority.js'
import { anyServer, enrollRequest } from './support/samples.js'
import { authority, material, never, stage, until } from './support/stage.js'

const code = (expected: string): unknown => expect.objectContaining({ name: 'PiccoloError', code: expected })

function portOf(address: string): number {
  return Number(address.split(':')[1])
}

test('I2: a server that verifyServer refuses gets not one byte of application data', async () => {
  const stranger = await transportMaterial(await ephemeralAuthority('stranger'))
  const received: Buffer[] = []
  const impostor = createTlsServer(
    { cert: stranger.server.identity.certificateChainPem, key: stranger.server.identity.privateKeyPem, ALPNProtocols: ['h2'] },
    (socket) => {
      socket.on('data', (bytes: Buffer) => received.push(bytes))
      socket.on('error', () => undefined)
    },
  )
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void impostor.close())
  const address = impostor.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { agent } = await stage()
  const refusal = new PiccoloError('unauthenticated', 'another CA')
  let judged: readonly Uint8Array[] = []
  const verifyServer = (chain: readonly Uint8Array[]): void => {
    judged = chain
    throw refusal
  }
  await expect(agent.enroll(`127.0.0.1:${address.port}`, enrollRequest, { verifyServer }, never)).rejects.toBe(refusal)
  await until(() => new Promise((resolve) => impostor.getConnections((_error, count) => resolve(count === 0))), 'the impostor sees the end')
  expect(judged[0]).toEqual(new Uint8Array(leafOf(stranger.server.identity).raw))
  expect(Buffer.concat(received).toString('latin1')).toBe('')
})

test('TLS 1.2 is refused', async () => {
  const { listener } = await stage()
  const error = await new Promise<Error | undefined>((resolve) => {
    const socket = connectTls({ host: '127.0.0.1', port: portOf(listener.address), maxVersion: 'TLSv1.2', rejectUnauthorized: false, ALPNProtocols: ['h2'] })
    socket.once('error', resolve)
    socket.once('secureConnect', () => resolve(undefined))
  })
  expect(error?.message).toMatch(/protocol version/)
})

test('TLS 1.2 is not spoken to a server, either', async () => {
  const old = createTlsServer({ cert: material.server.identity.certificateChainPem, key: material.server.identity.privateKeyPem, maxVersion: 'TLSv1.2' })
  old.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void old.close())
  const address = old.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { agent } = await stage()
  await expect(agent.enroll(`127.0.0.1:${address.port}`, enrollRequest, anyServer, never)).rejects.toEqual(code('unavailable'))
})

test('plaintext HTTP/2 gets no answer', async () => {
  const { listener, enrolled } = await stage()
  const session = connectHttp2(`http://${listener.address}`)
  const outcome = await new Promise<string>((resolve) => {
    session.once('error', () => resolve('refused'))
    session.once('close', () => resolve('refused'))
    session.once('remoteSettings', () => resolve('spoke'))
  })
  session.destroy()
  expect(outcome).toBe('refused')
  expect(enrolled).toEqual([])
})

test.each([['is over', over], ['is not valid yet', early]])('I7: a node whose certificate %s by the clock of the machine is handed up with it', async (_, validity) => {
  const { listener, agent, sessions } = await stage()
  const identity = await authority.node('edge-1', validity())
  await agent.connect(listener.address, { ...anyServer, identity }, never)
  expect(sessions[0]?.peer.certificate).toEqual(new Uint8Array(leafOf(identity).raw))
})

test('a certificate that is over hides nothing else that is wrong with it: not who signed it, nor what it is for', async () => {
  const { listener, agent, sessions } = await stage()
  const stranger = await ephemeralAuthority('test')
  const below = await ephemeralAuthority('below', { above: stranger.issuer, validity: over() })
  for (const identity of [await stranger.node('edge-1', over()), await below.node('edge-1', over()), await authority.server(over()), await authority.server()]) {
    await expect(agent.connect(listener.address, { ...anyServer, identity }, never)).rejects.toEqual(code('unauthenticated'))
  }
  expect(sessions).toEqual([])
})

test('the whole authority may be over by the clock of the machine', async () => {
  const { listener, agent } = await stage()
  const aged = await ephemeralAuthority('aged', { validity: over() })
  const identity = await aged.node('edge-1', over())
  await expect(agent.connect(listener.address, { ...anyServer, identity }, never)).rejects.toEqual(code('unauthenticated'))
  listener.updateTls({ ...material.server, clientAuthoritiesPem: [aged.authorityPem] })
  await agent.connect(listener.address, { ...anyServer, identity }, never)
})

test('without any client authority nobody opens a session', async () => {
  const { listener, agent } = await stage()
  listener.updateTls({ ...material.server, clientAuthoritiesPem: [] })
  await expect(agent.connect(listener.address, { ...anyServer, identity: material.node }, never)).rejects.toEqual(code('unauthenticated'))
})

test('updateTls refuses material that cannot be used and keeps the old', async () => {
  const { listener, agent } = await stage()
  const other = await authority.server()
  const mismatched = { certificateChainPem: material.server.identity.certificateChainPem, privateKeyPem: other.privateKeyPem }
  expect(() => listener.updateTls({ identity: mismatched, clientAuthoritiesPem: [] })).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  const channel = await agent.connect(listener.address, { ...anyServer, identity: material.node }, never)
  await channel.close()
})

test('own material that cannot be used is the caller’s error, not the network’s', async () => {
  const { listener, agent } = await stage()
  const identity = { certificateChainPem: 'nonsense', privateKeyPem: 'nonsense' }
  await expect(agent.connect(listener.address, { ...anyServer, identity }, never)).rejects.toEqual(code('invalid-argument'))
})

test('a proxy named in the environment is not used', async () => {
  const before = { ...process.env }
  onTestFinished(() => void (process.env = before))
  for (const name of ['http_proxy', 'https_proxy', 'grpc_proxy']) process.env[name] = 'http://127.0.0.1:1'
  const { listener, agent } = await stage()
  await agent.enroll(listener.address, enrollRequest, anyServer, never)
})

test('connections that never say anything do not keep a listener from closing', async () => {
  const { listener } = await stage()
  const silent: Socket = connectTcp(portOf(listener.address), '127.0.0.1')
  silent.on('error', () => undefined)
  await new Promise((resolve) => silent.once('connect', resolve))
  const gone = new Promise((resolve) => silent.once('close', resolve))
  await listener.close()
  silent.destroy()
  await gone
})
