import { expect, onTestFinished, test } from 'vitest'
import type { AgentChannel, AgentMessage, MasterChannel, MasterMessage } from '@piccolo/core/spi'
import { manualClock, memoryNetwork, seededRandom, silentLogger, type ManualClock, type MemoryNetwork } from '@piccolo/testing'
import { ephemeralAuthority, transportMaterial } from '../../../transport-grpc/test/support/ephemeral-authority.js'

const authority = await ephemeralAuthority()
const material = await transportMaterial(authority)
const never = new AbortController().signal
const beat = (number: number): AgentMessage => ({ type: 'beat', number, sentAtBootMs: number, lastEcho: 0, loopAgeMs: 0 })
const echo = (number: number): MasterMessage => ({ type: 'beat', number, sentAtBootMs: number, lease: true })
const unavailable = expect.objectContaining({ name: 'PiccoloError', code: 'unavailable' })

interface Link {
  readonly network: MemoryNetwork
  readonly clock: ManualClock
  readonly agent: AgentChannel
  readonly master: MasterChannel
  /** Numbers of the beats that arrived so far. */
  readonly up: number[]
  readonly down: number[]
  readonly ends: unknown[]
  connect(): Promise<AgentChannel>
}

async function link(): Promise<Link> {
  const clock = manualClock(Date.now())
  const context = { clock, random: seededRandom(1), logger: silentLogger }
  const network = memoryNetwork()
  const master = network.transport({ listen: 'master' })(context)
  const agent = network.transport({ name: 'agent' })(context)
  onTestFinished(async () => {
    const closing = master.close()
    await clock.advance(1_000)
    await closing
  })
  const sessions: MasterChannel[] = []
  await master.listen(
    material.server,
    {
      enroll: () => Promise.reject(new Error('unused')),
      renew: () => Promise.reject(new Error('unused')),
      session: (channel, signal) => {
        sessions.push(channel)
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    },
    never,
  )
  const connect = (): Promise<AgentChannel> => agent.connect('master', { identity: material.node, verifyServer: () => undefined }, never)
  const channel = await connect()
  const [served] = sessions
  if (served === undefined) throw new Error('no session')
  const up: number[] = []
  const down: number[] = []
  const ends: unknown[] = []
  const collect = async (messages: AsyncIterable<AgentMessage | MasterMessage>, numbers: number[]): Promise<void> => {
    for await (const message of messages) if (message.type === 'beat') numbers.push(message.number)
  }
  for (const collecting of [collect(served.messages, up), collect(channel.messages, down)]) {
    collecting.then(() => ends.push('orderly'), (error: unknown) => ends.push(error))
  }
  return { network, clock, agent: channel, master: served, up, down, ends, connect }
}

test('a cut link delivers nothing and tells nobody; healed, it delivers what waited, in order', async () => {
  const { network, clock, agent, up, ends } = await link()
  network.cut('agent')
  await agent.send(beat(1), never)
  await agent.send(beat(2), never)
  await clock.advance(60_000)
  expect([up, ends]).toEqual([[], []])
  network.heal('agent')
  await agent.send(beat(3), never)
  await clock.settle()
  expect([up, ends]).toEqual([[1, 2, 3], []])
})

test('one direction can be cut alone', async () => {
  const { network, clock, agent, master, up, down } = await link()
  network.cut('agent', 'incoming')
  await agent.send(beat(1), never)
  await master.send(echo(1), never)
  await clock.settle()
  expect([up, down]).toEqual([[1], []])
})

test('a message takes as long as its places are slow, and none overtakes another', async () => {
  const { network, clock, agent, up } = await link()
  network.delay('agent', 200)
  network.delay('master', 100)
  await agent.send(beat(1), never)
  network.delay('agent', 0)
  await agent.send(beat(2), never)
  await clock.advance(299)
  expect(up).toEqual([])
  await clock.advance(1)
  expect(up).toEqual([1, 2])
})

test('a reset is heard on both sides; the next connection works', async () => {
  const { network, clock, agent, ends, connect } = await link()
  network.reset('agent')
  await clock.settle()
  expect(ends).toEqual([unavailable, unavailable])
  await expect(agent.send(beat(1), never)).rejects.toEqual(unavailable)
  await (await connect()).send(beat(1), never)
})

test('dialling over a cut link ends at its deadline, or succeeds if the link heals before', async () => {
  const { network, clock, connect } = await link()
  network.cut('master')
  const late = expect(connect()).rejects.toEqual(expect.objectContaining({ code: 'deadline-exceeded' }))
  await clock.advance(15_000)
  await late
  const intime = connect()
  await clock.advance(14_000)
  network.heal('master')
  await (await intime).send(beat(1), never)
})

test('closing over a cut link takes a second; the other side hears of it when the link heals', async () => {
  const { network, clock, agent, ends, up } = await link()
  network.cut('agent')
  await agent.send(beat(1), never)
  const closing = agent.close()
  await clock.advance(1_000)
  await closing
  expect(ends).toEqual(['orderly'])
  network.heal('agent')
  await clock.settle()
  expect([up, ends]).toEqual([[1], ['orderly', 'orderly']])
  expect(clock.pending).toBe(0)
})

test('a certificate is good whatever the clock of the master says: it is the master that judges its time', async () => {
  const { clock, connect } = await link()
  clock.jumpWall(100 * 86_400_000)
  await (await connect()).send(beat(1), never)
})

test('an address is taken once', async () => {
  const { network, clock } = await link()
  const second = network.transport({ listen: 'master' })({ clock, random: seededRandom(1), logger: silentLogger })
  const handlers = { enroll: () => Promise.reject(new Error()), renew: () => Promise.reject(new Error()), session: () => Promise.resolve() }
  await expect(second.listen(material.server, handlers, never)).rejects.toEqual(unavailable)
})
