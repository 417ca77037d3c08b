import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createMaster } from '@piccolo/core'
import { x509Auth } from '@piccolo/auth-x509'
import { httpApi } from '@piccolo/http-api'
import { embeddedStore } from '@piccolo/store-embedded'
import { grpcTransport } from '@piccolo/transport-grpc'
import { inProcess, untilSeen } from './in-process.js'

const { values } = parseArgs({
  options: {
    directory: { type: 'string', default: '/var/lib/line-7' },
    listen: { type: 'string', default: '0.0.0.0:47100' },
    http: { type: 'string', default: '127.0.0.1:47099' },
    node: { type: 'string', default: 'front' },
    apply: { type: 'string' },
  },
})
const print = (line: string): void => void process.stdout.write(`${line}\n`)
const stop = new AbortController()
process.once('SIGTERM', () => { stop.abort() })
process.once('SIGINT', () => { stop.abort() })

const house = inProcess('line-7')
await using master = await createMaster({
  cluster: 'line-7',
  transport: grpcTransport({ listen: values.listen }),
  store: embeddedStore({ directory: join(values.directory, 'store') }),
  auth: x509Auth({ directory: join(values.directory, 'ca') }),
  surfaces: [house.surface, httpApi({ listen: values.http })],
}).start(stop.signal)
print(`nodes dial ${master.address}`)
print(`people ask ${master.surfaces[1]?.address ?? ''}`)
master.events.on('event', ({ type, subject, message }) => { print(`${type} ${subject}: ${message}`) })

const { token } = await house.operations.createToken(house.caller, { nodeId: values.node }, stop.signal)
print(`${values.node} joins with ${token}`)

if (values.apply !== undefined) {
  await house.operations.apply(house.caller, [{ name: values.apply, text: await readFile(values.apply, 'utf8') }], stop.signal)
  const running = async () => (await house.operations.workloads(house.caller, stop.signal)).find(({ state }) => state === 'running')
  const seen = await untilSeen(house, running, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
    return undefined
  })
  if (seen !== undefined) print(`${seen.workload} runs on ${seen.node}`)
}
if (!stop.signal.aborted) await Promise.race([once(stop.signal, 'abort'), master.ended])
