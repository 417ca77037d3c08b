import { connect, type ClientHttp2Session } from 'node:http2'
import { expect, onTestFinished, test } from 'vitest'
import { seededRandom } from '@piccolo/testing'
import { frames, maxCallBytes, maxMessageBytes } from '../src/codec/frames.js'
import { anyServer, beat, enrollRequest } from './support/samples.js'
import { material, never, stage, until } from './support/stage.js'

interface Answer {
  readonly status: string | undefined
}

function rogue(address: string, identity?: { readonly certificateChainPem: string; readonly privateKeyPem: string }): ClientHttp2Session {
  const session = connect(`https://${address}`, {
    rejectUnauthorized: false,
    ...(identity && { cert: identity.certificateChainPem, key: identity.privateKeyPem }),
  })
  session.on('error', () => undefined)
  onTestFinished(() => session.destroy())
  return session
}

function post(session: ClientHttp2Session, method: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = session.request({ ':method': 'POST', ':path': `/piccolo.v1.LinkService/${method}`, 'content-type': 'application/grpc', te: 'trailers', ...headers })
    let status: string | undefined
    const note = (received: Readonly<Record<string, unknown>>): void => {
      if (typeof received['grpc-status'] === 'string') status = received['grpc-status']
    }
    stream.on('response', note)
    stream.on('trailers', note)
    stream.on('error', () => undefined)
    stream.on('close', () => resolve({ status }))
    stream.resume()
    stream.end(body)
  })
}

function prefixed(message: Uint8Array, { flag = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(flag)
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}

test('X1: a stranger who sends rubbish to every method harms nobody', async () => {
  const { listener, agent, sessions } = await stage()
  const random = seededRandom(7)
  const session = rogue(listener.address)
  const valid = frames.enrollRequest.encode(enrollRequest)
  for (let round = 0; round < 100; round += 1) {
    const junk = random.bytes(Math.floor(random.next() * 300))
    const mutated = Buffer.from(valid)
    mutated[Math.floor(random.next() * mutated.length)] = Math.floor(random.next() * 256)
    const bodies = [junk, prefixed(junk), prefixed(mutated), prefixed(junk, { flag: 1 }), prefixed(junk, { length: 9 })]
    const method = ['Enroll', 'Renew', 'Session', 'Nonsense'][round % 4] ?? ''
    // One after the other: more than four streams at once are refused anyway.
    for (const body of bodies.slice(0, 1 + (round % 5))) await post(session, method, body)
  }
  expect(sessions).toEqual([])
  await agent.enroll(listener.address, enrollRequest, anyServer, never)
})

test('a call above its limit is refused as RESOURCE_EXHAUSTED, before it is parsed', async () => {
  const { listener, enrolled } = await stage()
  const session = rogue(listener.address)
  const RESOURCE_EXHAUSTED = '8'
  expect(await post(session, 'Enroll', prefixed(new Uint8Array(maxCallBytes + 1)))).toEqual({ status: RESOURCE_EXHAUSTED })
  expect(await post(session, 'Enroll', prefixed(new Uint8Array(16), { length: maxMessageBytes + 1 }))).toEqual({ status: RESOURCE_EXHAUSTED })
  expect(enrolled).toEqual([])
})

test('a session message that is none ends that session on both sides, and no other', async () => {
  const ends: unknown[] = []
  const { listener, agent } = await stage({
    session: async (channel) => {
      try {
        for await (const message of channel.messages) await channel.send({ type: 'beat', number: Number(message.type === 'beat'), sentAtBootMs: 0, lease: true }, never)
      } catch (error) {
        ends.push(error)
        throw error
      }
    },
  })
  const good = await agent.connect(listener.address, { ...anyServer, identity: material.node }, never)
  const session = rogue(listener.address, material.otherNode)
  await post(session, 'Session', prefixed(Uint8Array.from([0xff, 0xff, 0xff])))
  await until(() => ends.length === 1, 'the session ends')
  expect(ends).toEqual([expect.objectContaining({ code: 'invalid-argument' })])
  await good.send(beat, never)
  const { value } = await good.messages[Symbol.asyncIterator]().next()
  expect(value).toEqual({ type: 'beat', number: 1, sentAtBootMs: 0, lease: true })
})

test('a flood from a node is held back by flow control, not by memory', async () => {
  const { listener, sessions } = await stage()
  const session = rogue(listener.address, material.node)
  const stream = session.request({ ':method': 'POST', ':path': '/piccolo.v1.LinkService/Session', 'content-type': 'application/grpc', te: 'trailers' })
  stream.on('error', () => undefined)
  await until(() => sessions.length === 1, 'the session stands')
  const message = prefixed(frames.agentMessage.encode({ type: 'reply', commandId: '', payload: new Uint8Array(64 * 1024), done: false }))
  let taken = 0
  for (let count = 0; count < 1_000; count += 1) stream.write(message, () => void (taken += 1))
  let before = -1
  await until(async () => {
    const settled = taken === before
    before = taken
    await new Promise((resolve) => setTimeout(resolve, 50))
    return settled
  }, 'nothing moves any more')
  expect(taken).toBeLessThan(100)
})
