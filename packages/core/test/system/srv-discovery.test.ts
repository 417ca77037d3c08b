import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { srvDiscovery } from '../../src/system/index.js'

const never = new AbortController().signal
interface Record { readonly priority: number; readonly weight: number; readonly port: number; readonly target: string }

let server: Socket
let answer: readonly Record[] | 'nothing' | 'silence' = 'nothing'

/** As much of a name server as one question for SRV records takes (RFC 1035, RFC 2782). */
beforeEach(async () => {
  server = createSocket('udp4')
  server.on('message', (query, { port, address }) => {
    if (answer === 'silence') return
    const records = answer === 'nothing' ? [] : answer
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(answer === 'nothing' ? 0x8183 : 0x8180, 2)
    header.writeUInt16BE(records.length, 6)
    header.fill(0, 8, 12)
    const end = query.indexOf(0, 12) + 5
    server.send(Buffer.concat([header, query.subarray(12, end), ...records.map(recordOf)]), port, address)
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.close()
  await once(server, 'close')
})

function recordOf({ priority, weight, port, target }: Record): Buffer {
  const name = Buffer.concat([...target.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])])
  const head = Buffer.alloc(18)
  head.writeUInt16BE(0xc00c, 0) // the name that was asked for
  head.writeUInt16BE(33, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(60, 6)
  head.writeUInt16BE(6 + name.length, 10)
  head.writeUInt16BE(priority, 12)
  head.writeUInt16BE(weight, 14)
  head.writeUInt16BE(port, 16)
  return Buffer.concat([head, name])
}

const discover = () => srvDiscovery('_piccolo._tcp.line-7.example', { servers: [`127.0.0.1:${String(server.address().port)}`] })

describe('finding a master by DNS', () => {
  it('answers targets and ports by priority, then by weight', async () => {
    answer = [
      { priority: 20, weight: 0, port: 47_100, target: 'spare.example' },
      { priority: 10, weight: 5, port: 47_101, target: 'b.example' },
      { priority: 10, weight: 50, port: 47_102, target: 'a.example' },
    ]
    await expect(discover()(never)).resolves.toEqual(['a.example:47102', 'b.example:47101', 'spare.example:47100'])
  })

  it('says whose records could not be resolved', async () => {
    answer = 'nothing'
    await expect(discover()(never)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('_piccolo._tcp.line-7.example') as string })
  })

  it('ends with its signal, whether the name server answers or not', async () => {
    answer = 'silence'
    const controller = new AbortController()
    const asked = discover()(controller.signal)
    await once(server, 'message')
    controller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
    await expect(discover()(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
  })
})
