import { join } from 'node:path'
import { createMaster } from '@piccolo/core'
import { createAgent } from '@piccolo/core/agent'
import { x509Auth } from '@piccolo/auth-x509'
import { x509Credentials } from '@piccolo/auth-x509/agent'
import { FunctionBoard } from '../../custom-runtime/src/function-board.js'
import { functionRuntime } from '../../custom-runtime/src/function-runtime.js'
import { ledgerStore } from '../../custom-store/src/ledger-store.js'
import { tlsTransport } from '../../custom-transport/src/tls-transport.js'
import { inProcess, untilSeen } from '../../embed-master/src/in-process.js'

const manifest = `
apiVersion: v1
kind: Scenario
metadata: { name: blink }
spec: { condition: null, action: launch, target: blink }
---
apiVersion: v1
kind: Package
metadata: { name: blink }
spec:
  pattern: [{ type: plain }]
  models: [{ name: blink, node: board, resources: {} }]
---
apiVersion: v1
kind: Model
metadata: { name: blink }
spec:
  hostNetwork: true
  containers: [{ name: lamp, image: blink, env: [{ name: COLOUR, value: green }] }]
`

export interface AfternoonOptions {
  /** Where master and agent keep what they keep. */
  readonly directory: string
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/** A cluster on a transport, a store and a runtime of one's own: a node joins, a workload is deployed to it, runs, and goes again. */
export async function afternoon({ directory, signal, print }: AfternoonOptions): Promise<void> {
  const house = inProcess('afternoon')
  const { caller } = house
  await using master = await createMaster({
    cluster: 'afternoon',
    transport: tlsTransport({ listen: '127.0.0.1:0' }),
    store: ledgerStore({ file: join(directory, 'ledger') }),
    auth: x509Auth({ directory: join(directory, 'ca') }),
    surfaces: [house.surface],
  }).start(signal)
  print(`the master listens at ${master.address}`)

  const lamp = { colour: 'off' }
  const board = new FunctionBoard({
    async blink({ env, signal: asked }) {
      lamp.colour = env['COLOUR'] ?? 'white'
      await new Promise((resolve) => asked.addEventListener('abort', resolve))
      lamp.colour = 'off'
      return 0
    },
  })
  const { token } = await house.operations.createToken(caller, { nodeId: 'board' }, signal)
  await using agent = await createAgent({
    master: [master.address],
    transport: tlsTransport(),
    runtime: functionRuntime(board),
    auth: x509Credentials({ token }),
    stateDirectory: join(directory, 'agent'),
    nodeId: 'board',
    profile: 'lan',
  }).start()
  const ready = async () => (await house.operations.nodes(caller, signal)).find(({ phase }) => phase === 'ready')
  const node = await untilSeen(house, ready, signal)
  print(`node ${node.name} is ready`)

  const files = [{ name: 'blink.yaml', text: manifest }]
  await house.operations.apply(caller, files, signal)
  const running = async () => (await house.operations.workloads(caller, signal)).find(({ state }) => state === 'running')
  const { workload } = await untilSeen(house, running, signal)
  print(`${workload} runs, and the lamp is ${lamp.colour}`)

  await house.operations.deleteManifest(caller, files, signal)
  const gone = async () => ((await house.operations.workloads(caller, signal)).length === 0 ? true : undefined)
  await untilSeen(house, gone, signal)
  print(`nothing runs, and the lamp is ${lamp.colour}; ${agent.nodeId ?? ''} and the master stop`)
}
