import { PiccoloError, throwIfAborted } from '../errors/index.js'
import { withDeadline } from '../link/index.js'
import type { PublishedSignal } from '../protocol/index.js'
import type { AdapterContext, Disk, Logger } from '../spi/index.js'
import { systemClock, systemDigest, systemDisk, systemProbe, systemRandom } from '../system/index.js'
import type { AgentHealth } from './agent-health.js'
import { recall } from './agent-memory.js'
import { checkAgentOptions, type AgentOptions } from './agent-options.js'
import { NodeAgent } from './node-agent.js'
import { takeState } from './state/state-lock.js'

/** A running agent. Stopping it leaves its containers running. */
export interface AgentHandle extends AsyncDisposable {
  /** Known once the node has enrolled, and kept on disk from then on. */
  readonly nodeId: string | undefined
  health(): AgentHealth
  /**
   * Says what signals say from now on; Scenarios on the master wait for them. For a node with the role `gateway`: what another one says is
   * refused by the master and written to its audit log. The newest value of each is kept while the link is away. `invalid-argument` for a
   * name or value that no signal has, `resource-exhausted` when more than 1,000 wait.
   */
  publishSignals(signals: readonly PublishedSignal[]): void
  stop(): Promise<void>
}

export interface Agent {
  /**
   * Resolves when the agent has begun to look after the workloads it remembers; never waits for a master.
   * `failed-precondition` when it was started before, `conflict` when another agent has the state directory.
   */
  start(): Promise<AgentHandle>
}

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
/** Reading the credentials and the board's facts: local files, so this is generous. */
const openMs = 30_000

/**
 * An agent, ready to start. Throws `invalid-argument` naming a part that is missing and what to add.
 *
 * @example
 * ```ts
 * import { createAgent } from '@piccolo/core/agent'
 * import { x509Credentials } from '@piccolo/auth-x509/agent'
 * import { podmanRuntime } from '@piccolo/runtime-podman'
 * import { grpcTransport } from '@piccolo/transport-grpc'
 *
 * await using agent = await createAgent({
 *   master: ['10.0.0.1:47100'],
 *   transport: grpcTransport(),
 *   runtime: podmanRuntime(),
 *   auth: x509Credentials(),
 *   stateDirectory: '/var/lib/line-7/agent',
 * }).start()
 * ```
 */
export function createAgent(options: AgentOptions): Agent {
  checkAgentOptions(options)
  let started = false
  return {
    async start() {
      if (started) throw new PiccoloError('failed-precondition', 'This agent was started before; create another one.')
      started = true
      const agent = await assemble(options)
      agent.start()
      return {
        get nodeId() {
          return agent.nodeId
        },
        health: () => agent.health(),
        publishSignals: (signals) => { agent.publishSignals(signals) },
        stop: () => agent.stop(),
        [Symbol.asyncDispose]: () => agent.stop(),
      }
    },
  }
}

async function assemble(options: AgentOptions): Promise<NodeAgent> {
  const { clock = systemClock, random = systemRandom, digest = systemDigest, logger = silent } = options
  const context: AdapterContext = { clock, random, logger }
  const disk = options.disk ?? diskAt(options.stateDirectory)
  const probe = (options.probe ?? systemProbe())(context)
  const transport = options.transport(context)
  const credentials = options.auth({ ...context, disk })
  return withDeadline({ clock, ms: openMs, signal: new AbortController().signal, what: 'Reading the state of this node' }, async (signal) => {
    const lock = await takeState(disk, { logger, signal })
    try {
      const [facts] = await Promise.all([probe.facts(signal), credentials.open(signal)])
      const memory = await recall({ disk, digest, random, logger, bootId: facts.bootId }, signal)
      throwIfAborted(signal)
      return new NodeAgent({ options, clock, random, digest, logger, disk, lock, probe, transport, credentials, facts, memory })
    } catch (error) {
      lock.release()
      throw error
    }
  })
}

function diskAt(directory: string | undefined): Disk {
  if (directory === undefined) throw new PiccoloError('invalid-argument', 'createAgent needs `stateDirectory`.')
  return systemDisk(directory)
}
