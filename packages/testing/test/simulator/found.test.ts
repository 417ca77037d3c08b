import { describe, expect, it } from 'vitest'
import type { StateStore, StateStoreAdapter } from '@piccolo/core/spi'
import { memoryCluster, memoryStore, memoryBackend, type MemoryCluster } from '@piccolo/testing'

const image = 'app:1'

const manifest = (workload: string, node: string, version = '1'): string => [
  { kind: 'Scenario', metadata: { name: 's' }, spec: { condition: null, action: 'launch', target: 'p' } },
  { kind: 'Package', metadata: { name: 'p' }, spec: { models: [{ name: workload, node }] } },
  { kind: 'Model', metadata: { name: workload }, spec: { hostNetwork: true, containers: [{ name: 'main', image, env: [{ name: 'VERSION', value: version }] }] } },
].map((document) => JSON.stringify({ apiVersion: 'v1', ...document })).join('\n---\n')

const isReady = (cluster: MemoryCluster, count: number) => cluster.until('the nodes to be ready', async () => ((await cluster.nodes()).filter(({ phase }) => phase === 'ready').length === count || undefined))
const runningOn = (cluster: MemoryCluster, node: string): number => cluster.node(node).machine.containers().filter(({ phase }) => phase === 'running').length
const runsOn = (cluster: MemoryCluster, node: string) => cluster.until(`a container to run on ${node}`, () => (runningOn(cluster, node) === 1 ? true : undefined))

/** A store whose watch below one prefix can be held back, as one that is far behind the others. */
function withLateWatch(adapter: StateStoreAdapter, late: string): { readonly store: StateStoreAdapter; hold(): void; release(): void } {
  let held: Promise<void> = Promise.resolve()
  let release = (): void => undefined
  return {
    hold: () => void (held = new Promise((resolve) => (release = resolve))),
    release: () => release(),
    store: (context) => {
      const store = adapter(context)
      const port: StateStore = {
        capabilities: store.capabilities,
        open: (signal) => store.open(signal),
        close: () => store.close(),
        get: (key, signal) => store.get(key, signal),
        list: (prefix, options, signal) => store.list(prefix, options, signal),
        commit: (request, signal) => store.commit(request, signal),
        async *watch(prefix, options, signal) {
          for await (const batch of store.watch(prefix, options, signal)) {
            if (prefix === late) await held
            yield batch
          }
        },
      }
      return port
    },
  }
}

describe('what the simulator has found', () => {
  it('seed 212: a workload is not placed anew by a plan that has not seen its old node being told to let go', async () => {
    const backend = memoryBackend()
    const late = withLateWatch(memoryStore({ backend }), 'operations/release/')
    await using cluster = await memoryCluster({ nodes: ['a', 'b'], images: [image], master: { store: late.store } })
    await isReady(cluster, 2)
    await cluster.apply(manifest('x', 'a'))
    await runsOn(cluster, 'a')
    cluster.network.cut('a')
    late.hold()
    backend.losesReplies = true
    await expect(cluster.apply(manifest('x', 'b'))).rejects.toMatchObject({ code: 'unavailable' })
    await cluster.clock.advance(2_000)
    backend.losesReplies = false
    await cluster.clock.advance(5_000)
    expect(runningOn(cluster, 'b')).toBe(0)
    late.release()
    cluster.network.heal('a')
    await runsOn(cluster, 'b')
    expect(runningOn(cluster, 'a')).toBe(0)
  })

  it('seed 212: an engine that is lost while orphans are looked for does not bring the agent to a standstill', async () => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image] })
    await isReady(cluster, 1)
    await cluster.apply(manifest('x', 'a'))
    await runsOn(cluster, 'a')
    cluster.node('a').machine.down()
    await cluster.apply(manifest('x', 'a', '2'))
    await cluster.clock.advance(5_000)
    cluster.node('a').machine.up()
    await cluster.until('the new version to run', () => (cluster.node('a').machine.calls.filter((call) => call === 'start x_main').length === 2 ? true : undefined))
  })
})
