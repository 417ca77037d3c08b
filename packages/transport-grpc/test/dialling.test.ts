import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { manualClock } from '@piccolo/testing'
import { grpcTransport } from '../src/index.js'
import { realContext } from './support/real-clock.js'
import { anyServer, beat, enrollRequest } from './support/samples.js'
import { material, never, stage, until } from './support/stage.js'
import { tcpProxy } from './support/tcp-proxy.js'

const code = (expected: string): unknown => expect.objectContaining({ name: 'PiccoloError', code: expected })

/** Accepts connections and never says a word. */
async function silentServer(port = 0): Promise<{ readonly server: Server; readonly address: string; readonly open: () => Promise<number> }> {
  const server = createServer((socket) => socket.on('error', () => undefined).resume())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const open = (): Promise<number> => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}`, open }
}

test('a server that never answers the handshake costs the deadline, and its socket is gone at once', async () => {
  const { address, open } = await silentServer()
  const clock = manualClock()
  const agent = grpcTransport({ timeoutMs: 5_000 })({ ...realContext(), clock })
  const dialling = expect(agent.connect(address, anyServer, never)).rejects.toEqual(code('deadline-exceeded'))
  await until(async () => (await open()) === 1, 'connected')
  await clock.advance(5_000)
  await dialling
  await until(async () => (await open()) === 0, 'disconnected')
  expect(clock.pending).toBe(0)
})

test('aborting a dial destroys its socket, connecting or connected', async () => {
  const { address, open } = await silentServer()
  const agent = grpcTransport()(realContext())
  const abort = new AbortController()
  const shaking = expect(agent.enroll(address, enrollRequest, anyServer, abort.signal)).rejects.toEqual(code('aborted'))
  // Reserved for documentation, routed nowhere: connecting takes for ever, or fails at once where there is no route at all.
  const connecting = agent.enroll('192.0.2.1:47100', enrollRequest, anyServer, abort.signal).catch((error: unknown) => error)
  await until(async () => (await open()) === 1, 'connected')
  const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
  abort.abort()
  await shaking
  expect([code('aborted'), code('unavailable')]).toContainEqual(await connecting)
  await until(async () => (await open()) === 0 && sockets() === 0, 'no socket is left')
})

test('a dial that was refused does not come back by itself when somebody listens there later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const gone = await silentServer()
  await new Promise((resolve) => gone.server.close(resolve))
  const agent = grpcTransport()(realContext())
  await expect(agent.enroll(gone.address, enrollRequest, anyServer, never)).rejects.toEqual(code('unavailable'))
  const later = await silentServer(Number(gone.address.split(':')[1]))
  // Past any patience that gRPC may have of its own.
  await vi.advanceTimersByTimeAsync(300_000)
  // Whoever had called before would be seen before us.
  const ours = connect(Number(gone.address.split(':')[1]), '127.0.0.1')
  await new Promise((resolve) => later.server.once('connection', resolve))
  expect(await later.open()).toBe(1)
  ours.destroy()
})

test('closing the listener hangs up on callers that have not finished TLS', async () => {
  const { listener } = await stage()
  const [host = '', port] = listener.address.split(':')
  const mute = connect(Number(port), host)
  mute.on('error', () => undefined)
  const hungUp = new Promise((resolve) => mute.once('close', resolve))
  await new Promise((resolve) => mute.once('connect', resolve))
  // Once another one has been served, the mute one is known, too.
  await grpcTransport()(realContext()).enroll(listener.address, enrollRequest, anyServer, never)
  await listener.close()
  await hungUp
})

test('a finished call leaves no connection behind', async () => {
  const { listener, agent } = await stage()
  const proxy = await tcpProxy(listener.address)
  onTestFinished(() => proxy.close())
  await agent.enroll(proxy.address, enrollRequest, anyServer, never)
  await until(() => proxy.open() === 0, 'the connection is closed')
})

test('closing a session over a dead link takes a second of the clock, not longer', async () => {
  const { listener, sessions } = await stage()
  const proxy = await tcpProxy(listener.address)
  onTestFinished(() => proxy.close())
  const clock = manualClock()
  const agent = grpcTransport()({ ...realContext(), clock })
  const channel = await agent.connect(proxy.address, { ...anyServer, identity: material.node }, never)
  await until(() => sessions.length === 1, 'the session stands')
  proxy.stall()
  await channel.send(beat, never)
  const closing = channel.close()
  await clock.advance(1_000)
  await closing
  await expect(channel.send(beat, never)).rejects.toEqual(code('unavailable'))
  await agent.close()
})

test.each(['', 'master', 'master:', ':47100', '10.0.0.1:99999', 'unix:/tmp/x', 'http://10.0.0.1:1', '10.0.0.1:1 ', 'fd00::1:47100'])(
  '%j is refused as an address, with an example of one',
  async (address) => {
    const agent = grpcTransport()(realContext())
    await expect(agent.enroll(address, enrollRequest, anyServer, never)).rejects.toEqual(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining('10.0.0.1:47100') as string }),
    )
  },
)

test('a name is resolved', async () => {
  const { listener, agent, enrolled } = await stage()
  await agent.enroll(listener.address.replace('127.0.0.1', 'localhost'), enrollRequest, anyServer, never)
  expect(enrolled).toEqual([enrollRequest.token])
})

test('IPv6 is spoken, in brackets', async () => {
  const master = grpcTransport({ listen: '[::1]:0' })(realContext())
  onTestFinished(() => master.close())
  const peers: string[] = []
  const listener = await master.listen(
    material.server,
    {
      enroll: async (_request, peer) => {
        peers.push(peer.address)
        return { cluster: '', nodeId: '', certificateChainPem: '', authoritiesPem: [] }
      },
      renew: () => Promise.reject(new Error('unused')),
      session: () => Promise.resolve(),
    },
    never,
  )
  expect(listener.address).toMatch(/^\[::1\]:\d+$/)
  await grpcTransport()(realContext()).enroll(listener.address, enrollRequest, anyServer, never)
  expect(peers[0]).toMatch(/^\[::1\]:\d+$/)
})

test('a `listen` that is no address is refused before anything is opened', () => {
  for (const listen of ['foo', '127.0.0.1', '127.0.0.1:99999', ':47100']) {
    expect(() => grpcTransport({ listen })).toThrow(expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining(listen) as string }))
  }
})

test('a port that is taken is `failed-precondition`, named in the message', async () => {
  const { listener } = await stage()
  const second = grpcTransport({ listen: listener.address })(realContext())
  await expect(second.listen(material.server, unused, never)).rejects.toEqual(
    expect.objectContaining({ code: 'failed-precondition', message: expect.stringContaining(listener.address) as string }),
  )
})

test('an address that this machine does not have is `invalid-argument`', async () => {
  // 192.0.2.0/24 is set aside for documentation (RFC 5737).
  const transport = grpcTransport({ listen: '192.0.2.1:0' })(realContext())
  await expect(transport.listen(material.server, unused, never)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('192.0.2.1') as string })
})

test('the port is free again once the listener has closed', async () => {
  const { listener } = await stage()
  await listener.close()
  const second = grpcTransport({ listen: listener.address })(realContext())
  onTestFinished(() => second.close())
  expect((await second.listen(material.server, unused, never)).address).toBe(listener.address)
})

test('a transport without `listen` says how to give it one', async () => {
  const agent = grpcTransport()(realContext())
  await expect(agent.listen(material.server, unused, never)).rejects.toEqual(
    expect.objectContaining({ code: 'failed-precondition', message: expect.stringContaining("listen: '0.0.0.0:47100'") as string }),
  )
})

const unused = {
  enroll: () => Promise.reject(new Error('unused')),
  renew: () => Promise.reject(new Error('unused')),
  session: () => Promise.resolve(),
}
