import { describe, expect, it } from 'vitest'
import { memoryCluster, type MemoryCluster } from '../../../src/index.js'

const image = 'localhost/app:1'

const model = (name: string, more = ''): string => `---
apiVersion: v1
kind: Model
metadata: { name: ${name} }
spec:
  hostNetwork: true
  containers: [{ name: main, image: "${image}"${more} }]
`
const manifest = (models: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}): string => `apiVersion: v1
kind: Scenario
metadata: { name: s }
spec: { condition: null, action: launch, target: p }
---
apiVersion: v1
kind: Package
metadata: { name: p }
spec: { models: [${Object.entries(models).map(([name, node]) => `{ name: ${name}, node: ${node} }`).join(', ')}] }
${Object.keys(models).map((name) => model(name, more[name])).join('')}`

async function ready(cluster: MemoryCluster, count: number): Promise<void> {
  await cluster.until('all nodes to be ready', async () => ((await cluster.nodes()).filter(({ phase }) => phase === 'ready').length === count ? true : undefined))
}
async function running(cluster: MemoryCluster, ...names: readonly string[]): Promise<void> {
  await cluster.until(`${names.join(', ')} to run`, async () => {
    const workloads = await cluster.workloads()
    return workloads.length === names.length && names.every((name) => workloads.find(({ workload }) => workload === name)?.state === 'running') ? true : undefined
  })
}
const idsOf = (cluster: MemoryCluster, node: string): readonly string[] => cluster.node(node).machine.containers().filter(({ phase }) => phase === 'running').map(({ id }) => id).sort()

describe('a master and agents on twins', () => {
  it('W1: run what a manifest asks for, from apply to a reported state', async () => {
    await using cluster = await memoryCluster({ nodes: ['a', 'b'], images: [image] })
    await ready(cluster, 2)
    await cluster.apply(manifest({ x: 'a', y: 'b' }))
    await running(cluster, 'x', 'y')
    expect((await cluster.operations.packages(cluster.admin, new AbortController().signal))[0]).toMatchObject({ name: 'p', state: 'running', launchedBy: 's' })
  })

  it('W2: a second apply of the same changes nothing, a changed Model restarts only itself', async () => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image] })
    await ready(cluster, 1)
    await cluster.apply(manifest({ x: 'a', y: 'a' }))
    await running(cluster, 'x', 'y')
    const before = idsOf(cluster, 'a')
    await cluster.apply(manifest({ x: 'a', y: 'a' }))
    await cluster.clock.advance(5_000)
    expect(idsOf(cluster, 'a')).toEqual(before)
    await cluster.apply(manifest({ x: 'a', y: 'a' }, { y: ', env: [{ name: A, value: "2" }]' }))
    await cluster.until('y to be another container', () => (idsOf(cluster, 'a').filter((id) => before.includes(id)).length === 1 ? true : undefined))
    await running(cluster, 'x', 'y')
  })

  it('A1: a board that boots without its master runs its workloads again', async () => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image] })
    await ready(cluster, 1)
    await cluster.apply(manifest({ x: 'a', y: 'a', z: 'a' }))
    await running(cluster, 'x', 'y', 'z')
    await cluster.killMaster()
    await cluster.node('a').reboot()
    expect(idsOf(cluster, 'a')).toEqual([])
    await cluster.node('a').start()
    await cluster.until('all three to run', () => (idsOf(cluster, 'a').length === 3 ? true : undefined), 10_000)
  })

  it('A5: a master that was away finds nobody lost and touches no container', async () => {
    await using cluster = await memoryCluster({ nodes: ['a', 'b'], images: [image] })
    await ready(cluster, 2)
    await cluster.apply(manifest({ x: 'a', y: 'b' }))
    await running(cluster, 'x', 'y')
    const before = [...idsOf(cluster, 'a'), ...idsOf(cluster, 'b')]
    await cluster.killMaster()
    await cluster.clock.advance(5 * 60_000)
    await cluster.startMaster()
    await ready(cluster, 2)
    await running(cluster, 'x', 'y')
    expect([...idsOf(cluster, 'a'), ...idsOf(cluster, 'b')]).toEqual(before)
  })

  it('A7: a node that lost its disk but not its identity gets its whole set, adopts what runs, and is believed again', async () => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image] })
    await ready(cluster, 1)
    await cluster.apply(manifest({ x: 'a' }))
    await running(cluster, 'x')
    const restarts = (count: number) => cluster.until(`restart ${String(count)} to be reported`, async () => ((await cluster.workloads())[0]?.containers[0]?.restarts === count ? true : undefined))
    for (let count = 1; count <= 4; count += 1) {
      cluster.node('a').machine.exit('x_main', 3)
      await restarts(count)
    }
    const before = idsOf(cluster, 'a')
    await cluster.node('a').kill()
    cluster.node('a').replaceDisk()
    await cluster.node('a').start()
    await cluster.until('the node to hold its set again', async () => {
      const [node] = await cluster.nodes()
      return node?.connected === true && node.heldGeneration !== undefined && node.heldGeneration === node.wantedGeneration ? true : undefined
    })
    await cluster.clock.advance(2_000)
    expect(idsOf(cluster, 'a')).toEqual(before)
    cluster.node('a').machine.exit('x_main', 3)
    await restarts(1)
  })

  it('A12: what was deleted while its node was away is gone after the node\'s return', async () => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image] })
    await ready(cluster, 1)
    await cluster.apply(manifest({ x: 'a' }))
    await running(cluster, 'x')
    cluster.network.cut('a')
    await cluster.clock.advance(20_000)
    await cluster.operations.deleteManifest(cluster.admin, [{ name: 'm', text: manifest({ x: 'a' }) }], new AbortController().signal)
    await cluster.clock.advance(20_000)
    expect(idsOf(cluster, 'a')).toHaveLength(1)
    cluster.network.heal('a')
    await cluster.until('the container to be gone', () => (cluster.node('a').machine.containers().length === 0 ? true : undefined))
    await cluster.until('its state to be gone', async () => ((await cluster.workloads()).length === 0 ? true : undefined))
  })

  it('W9: a workload that moves waits for its old node and never runs on both', async () => {
    await using cluster = await memoryCluster({ nodes: ['a', 'b'], images: [image] })
    await ready(cluster, 2)
    await cluster.apply(manifest({ x: 'a' }))
    await running(cluster, 'x')
    for (const [from, to] of [['a', 'b'], ['b', 'a'], ['a', 'b']] as const) {
      await cluster.apply(manifest({ x: to }))
      await cluster.until(`x to run on ${to} alone`, () => {
        const [there, here] = [idsOf(cluster, from).length, idsOf(cluster, to).length]
        expect(there + here).toBeLessThanOrEqual(1)
        return here === 1 ? true : undefined
      })
    }
    cluster.network.cut('b')
    await cluster.clock.advance(20_000)
    await cluster.apply(manifest({ x: 'a' }))
    await cluster.clock.advance(60_000)
    expect(idsOf(cluster, 'a')).toEqual([])
    const [view] = await cluster.operations.packages(cluster.admin, new AbortController().signal)
    expect(view?.models[0]?.reason).toContain('may still run')
    cluster.network.heal('b')
    await cluster.until('x to run on a alone', () => (idsOf(cluster, 'a').length === 1 && idsOf(cluster, 'b').length === 0 ? true : undefined))
  })

  it('B1: nothing is placed on a node that is not ready, and the reason is shown until it is', async () => {
    let healthy = false
    const check = { name: 'coolant', run: () => Promise.resolve(healthy ? { level: 'ok' as const, reason: '' } : { level: 'fail' as const, reason: 'too hot' }) }
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image], agent: { readiness: [check] } })
    await cluster.until('the node to say why it is not ready', async () => ((await cluster.nodes())[0]?.reasons.includes('coolant: too hot') === true ? true : undefined))
    await cluster.apply(manifest({ x: 'a' }))
    await cluster.clock.advance(5_000)
    expect(idsOf(cluster, 'a')).toEqual([])
    healthy = true
    await running(cluster, 'x')
  })

  it('carries logs of a workload from its node to the caller', async () => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image] })
    cluster.node('a').machine.behave(image, { lines: [{ stream: 'stdout', line: 'hello' }] })
    await ready(cluster, 1)
    await cluster.apply(manifest({ x: 'a' }))
    await running(cluster, 'x')
    const lines: string[] = []
    for await (const { line, container } of cluster.operations.logs(cluster.admin, { workload: 'x', follow: false }, new AbortController().signal)) lines.push(`${container}: ${line}`)
    expect(lines).toEqual(['main: hello'])
  })
})
