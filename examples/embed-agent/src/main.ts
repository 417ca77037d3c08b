import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createAgent } from '@piccolo/core/agent'
import { x509Credentials } from '@piccolo/auth-x509/agent'
import { processRuntime } from '@piccolo/runtime-process'
import { grpcTransport } from '@piccolo/transport-grpc'

const { values } = parseArgs({
  options: {
    master: { type: 'string', default: '127.0.0.1:47100' },
    directory: { type: 'string', default: '/var/lib/line-7-agent' },
    node: { type: 'string', default: 'front' },
    /** Needed once: afterwards the node is known by its key. */
    token: { type: 'string' },
  },
})
const stop = new AbortController()
process.once('SIGTERM', () => { stop.abort() })
process.once('SIGINT', () => { stop.abort() })

await using agent = await createAgent({
  master: [values.master],
  transport: grpcTransport(),
  runtime: processRuntime({ directory: join(values.directory, 'processes') }),
  auth: x509Credentials(values.token === undefined ? {} : { token: values.token }),
  stateDirectory: join(values.directory, 'state'),
  nodeId: values.node,
  // A check of one's own, beside the built-in ones: what this machine needs before it may take work.
  readiness: [{ name: 'press', run: () => Promise.resolve({ level: 'ok', reason: '' }) }],
}).start()
process.stdout.write(`looking after ${agent.nodeId ?? values.node}\n`)
if (!stop.signal.aborted) await once(stop.signal, 'abort')
