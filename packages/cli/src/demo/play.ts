import type { PiccoloClient } from '@piccolo/client'
import { PiccoloError, type ContainerState, type ManifestFile, type WorkloadView } from '@piccolo/core/spi'
import type { LocalCluster } from './local-cluster.js'
import type { RuntimeKit } from './runtime-kit.js'
import type { Screen } from './screen.js'
import { until } from './until.js'

export interface PlayOptions {
  readonly cluster: LocalCluster
  readonly clusterName: string
  /** By node. */
  readonly kits: ReadonlyMap<string, RuntimeKit>
  readonly manifest: ManifestFile
  readonly screen: Screen
  readonly signal: AbortSignal
}

/** The acts of the demo. Throws when something does not come to be as shown. */
export async function play(options: PlayOptions): Promise<void> {
  await join(options)
  await deploy(options)
  await killContainer(options)
  await killAgent(options)
}

async function join({ cluster, kits, screen, signal }: PlayOptions): Promise<void> {
  await screen.act('Two nodes join, each with a one-time token, under mutual TLS')
  for (const [name, kit] of kits) await cluster.startAgent({ name, runtimeArguments: kit.arguments })
  await watched({ cluster, screen, signal, what: 'both nodes to be ready', withinMs: 30_000 }, async (client) => {
    const nodes = await client.nodes({ signal })
    return nodes.length === kits.size && nodes.every(({ phase }) => phase === 'ready') ? true : undefined
  })
}

async function deploy({ cluster, manifest, screen, signal }: PlayOptions): Promise<void> {
  await screen.act('A Scenario in Pullpiri\'s format is applied', { manifest: manifest.name })
  const startedMs = performance.now()
  await cluster.client.apply([manifest], { signal })
  await watched({ cluster, screen, signal, what: 'all workloads to run', withinMs: 60_000 }, async (client) => allRunning(await client.workloads({ signal }), 2))
  const tookMs = Math.round(performance.now() - startedMs)
  await screen.say(`All runs, ${String(tookMs)} ms after the apply.`, { tookMs })
}

async function killContainer({ cluster, clusterName, kits, screen, signal }: PlayOptions): Promise<void> {
  await screen.act('A container is killed behind the agent\'s back')
  const before = await find(cluster.client, 'camera', signal)
  const restarts = before.containers[0]?.restarts ?? 0
  await withRuntime(kits.get('front'), { cluster: clusterName, node: 'front' }, async (runtime) => {
    for (const { id } of ofWorkload(await runtime.list(signal), 'camera')) await runtime.kill(id, signal)
  })
  const startedMs = performance.now()
  await watched({ cluster, screen, signal, what: 'the killed container to run again', withinMs: 30_000 }, async (client) => {
    const now = await find(client, 'camera', signal)
    return now.state === 'running' && (now.containers[0]?.restarts ?? 0) > restarts ? true : undefined
  })
  await screen.say(`It runs again, ${String(Math.round(performance.now() - startedMs))} ms later; the restart is counted.`)
}

async function killAgent({ cluster, clusterName, kits, screen, signal }: PlayOptions): Promise<void> {
  const kit = kits.get('rear')
  const scope = { cluster: clusterName, node: 'rear' }
  const ids = async (): Promise<readonly string[]> => withRuntime(kit, scope, async (runtime) => ofWorkload(await runtime.list(signal), 'recorder').filter(({ phase }) => phase === 'running').map(({ id }) => id).sort())
  await screen.act('An agent is killed: its containers run on')
  const before = await ids()
  await killed(cluster, 'rear')
  await watched({ cluster, screen, signal, what: 'the master to notice', withinMs: 30_000 }, async (client) => {
    const nodes = await client.nodes({ signal })
    return nodes.find(({ name }) => name === 'rear')?.connected === false ? true : undefined
  })
  await screen.say(`${String((await ids()).length)} of its ${String(before.length)} containers run on.`)
  await screen.act('The agent comes back and adopts them')
  await cluster.startAgent({ name: 'rear', runtimeArguments: kit?.arguments ?? [] })
  await watched({ cluster, screen, signal, what: 'the node to be back', withinMs: 30_000 }, async (client) => {
    const rear = (await client.nodes({ signal })).find(({ name }) => name === 'rear')
    return rear?.connected === true && rear.phase === 'ready' ? true : undefined
  })
  const after = await ids()
  const same = after.length === before.length && after.every((id, index) => id === before[index])
  if (!same) throw new PiccoloError('internal', `The agent did not adopt its containers: before ${before.join(', ')}, after ${after.join(', ')}.`)
  await screen.say('The same containers, untouched.', { same })
}

async function killed(cluster: LocalCluster, name: string): Promise<void> {
  await cluster.agent(name)?.kill()
}

async function withRuntime<Result>(kit: RuntimeKit | undefined, scope: { readonly cluster: string; readonly node: string }, use: (runtime: Awaited<ReturnType<RuntimeKit['open']>>) => Promise<Result>): Promise<Result> {
  if (kit === undefined) throw new Error(`No runtime for ${scope.node}.`)
  const runtime = await kit.open(scope)
  try {
    return await use(runtime)
  } finally {
    await runtime.close()
  }
}

interface Watch {
  readonly cluster: LocalCluster
  readonly screen: Screen
  readonly signal: AbortSignal
  readonly what: string
  readonly withinMs: number
}

/** Waits for something while the audience sees the tables. */
async function watched<Value>({ cluster: { client }, screen, ...rest }: Watch, look: (client: PiccoloClient) => Promise<Value | undefined>): Promise<Value> {
  return until(async () => {
    const [nodes, workloads] = await Promise.all([client.nodes({ signal: rest.signal }), client.workloads({ signal: rest.signal })])
    await screen.state(nodes, workloads)
    const value = await look(client)
    if (value !== undefined) await screen.state(await client.nodes({ signal: rest.signal }), await client.workloads({ signal: rest.signal }))
    return value
  }, rest)
}

function allRunning(workloads: readonly WorkloadView[], count: number): true | undefined {
  return workloads.length === count && workloads.every(({ state }) => state === 'running') ? true : undefined
}

async function find(client: PiccoloClient, name: string, signal: AbortSignal): Promise<WorkloadView> {
  const found = (await client.workloads({ signal })).find(({ workload }) => workload === name)
  if (found === undefined) throw new Error(`There is no workload ${name}.`)
  return found
}

function ofWorkload(containers: readonly ContainerState[], workload: string): readonly ContainerState[] {
  return containers.filter((container) => container.workload === workload)
}
