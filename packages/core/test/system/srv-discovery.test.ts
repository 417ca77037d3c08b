import { createSocket } from 'node:dgram'
import { expect, it, onTestFinished } from 'vitest'
import { srvDiscovery } from '../../src/system/index.js'

interface Srv {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** A name server that gives these answers to every question; none = it never answers. Its address. */
async function nameServer(records: readonly Srv[] | undefined): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (question, { port, address }) => {
    if (records !== undefined) socket.send(answerTo(question, records), port, address)
  })
  await new Promise<void>((resolve) => { socket.bind(0, '127.0.0.1', resolve) })
  onTestFinished(() => { socket.close() })
  return `127.0.0.1:${String(socket.address().port)}`
}

/** RFC 1035: the header, the question as it came, and a record each (RFC 2782), its name a pointer to the question's. */
function answerTo(question: Buffer, records: readonly Srv[]): Buffer {
  const end = question.indexOf(0, 12) + 5
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(records.length === 0 ? 0x8183 : 0x8180, 2)
  header.writeUInt16BE(records.length, 6)
  header.writeUInt32BE(0, 8)
  const answers = records.map(({ priority, weight, port, target }) => {
    const name = Buffer.concat([...target.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])), Buffer.of(0)])
    const fixed = Buffer.alloc(18)
    fixed.writeUInt16BE(0xc00c, 0)
    fixed.writeUInt16BE(33, 2)
    fixed.writeUInt16BE(1, 4)
    fixed.writeUInt32BE(60, 6)
    fixed.writeUInt16BE(6 + name.length, 10)
    fixed.writeUInt16BE(priority, 12)
    fixed.writeUInt16BE(weight, 14)
    fixed.writeUInt16BE(port, 16)
    return Buffer.concat([fixed, name])
  })
  return Buffer.concat([header, question.subarray(12, end), ...answers])
}

const name = '_piccolo._tcp.line-7.example'
const never = new AbortController().signal

it('finds masters by priority, then by weight', async () => {
  const server = await nameServer([
    { priority: 20, weight: 100, port: 47100, target: 'spare.line-7.example' },
    { priority: 10, weight: 1, port: 47100, target: 'second.line-7.example' },
    { priority: 10, weight: 5, port: 48100, target: 'first.line-7.example' },
  ])
  expect(await srvDiscovery(name, { servers: [server] })(never)).toEqual(['first.line-7.example:48100', 'second.line-7.example:47100', 'spare.line-7.example:47100'])
})

it('says which name has no records', async () => {
  const server = await nameServer([])
  await expect(srvDiscovery(name, { servers: [server] })(never)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(name) as string })
})

it('asks no longer once it is aborted', async () => {
  const server = await nameServer(undefined)
  const stop = new AbortController()
  const asked = srvDiscovery(name, { servers: [server] })(stop.signal)
  stop.abort()
  await expect(asked).rejects.toMatchObject({ code: 'aborted' })
})
