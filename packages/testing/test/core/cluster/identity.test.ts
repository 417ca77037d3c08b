import { describe, expect, it } from 'vitest'
import { memoryCluster, type MemoryCluster } from '../../../src/index.js'

const image = 'localhost/app:1'
const dayMs = 86_400_000
const never = new AbortController().signal
const manifest = `apiVersion: v1
kind: Scenario
metadata: { name: s }
spec: { condition: null, action: launch, target: p }
---
apiVersion: v1
kind: Package
metadata: { name: p }
spec: { models: [{ name: x, node: a }] }
---
apiVersion: v1
kind: Model
metadata: { name: x }
spec: { containers: [{ name: main, image: "${image}" }] }
`

async function ready(cluster: MemoryCluster, withinMs?: number): Promise<void> {
  await cluster.until('the node to be ready', async () => ((await cluster.nodes())[0]?.phase === 'ready' ? true : undefined), withinMs)
}
async function launched(options: Partial<Parameters<typeof memoryCluster>[0]> = {}): Promise<MemoryCluster> {
  const cluster = await memoryCluster({ nodes: ['a'], images: [image], ...options })
  await ready(cluster)
  await cluster.apply(manifest)
  await cluster.until('x to run', async () => ((await cluster.workloads())[0]?.state === 'running' ? true : undefined))
  return cluster
}
const containers = (cluster: MemoryCluster): readonly string[] => cluster.node('a').machine.containers().filter(({ phase }) => phase === 'running').map(({ id }) => id)
const eventsOf = async (cluster: MemoryCluster): Promise<readonly string[]> => {
  const types: string[] = []
  for await (const { type } of cluster.operations.events(cluster.admin, { follow: false, limit: 1_000 }, never)) types.push(type)
  return types
}

describe('a node and its certificate', () => {
  it('I6: renews it while it is connected, and its session goes on', async () => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image], master: { certificateLifeMs: 10 * 60_000 } })
    await ready(cluster)
    const first = (await cluster.nodes())[0]?.certifiedUntilMs ?? 0
    await cluster.clock.advance(30 * 60_000)
    const [node] = await cluster.nodes()
    expect(node?.certifiedUntilMs).toBeGreaterThan(first + 20 * 60_000)
    expect(node).toMatchObject({ phase: 'ready', connected: true })
    expect((await eventsOf(cluster)).filter((type) => type === 'node-reconnected')).toEqual([])
    expect((await cluster.operations.audit(cluster.admin, { limit: 1_000 }, never)).filter(({ operation }) => operation === 'renew').length).toBeGreaterThan(4)
  })

  it('I6: the master renews its own as well: a node that dials much later is let in', async () => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image], master: { certificateLifeMs: 10 * 60_000 } })
    await ready(cluster)
    await cluster.clock.advance(25 * 60_000)
    await cluster.node('a').kill()
    await cluster.node('a').start()
    await ready(cluster)
  })

  it('I5: that was away until it was over comes back by its key alone, its workloads running throughout', async () => {
    await using cluster = await launched()
    const before = containers(cluster)
    await cluster.node('a').kill()
    await cluster.clock.advance(200 * dayMs)
    await cluster.node('a').start()
    await ready(cluster)
    expect(containers(cluster)).toEqual(before)
  })

  it('I5: that was away for too long waits for a person, its workloads running throughout', async () => {
    await using cluster = await launched()
    const before = containers(cluster)
    await cluster.node('a').kill()
    await cluster.clock.advance(300 * dayMs)
    await cluster.node('a').start()
    await cluster.until('somebody to be asked', async () => ((await cluster.operations.approvals(cluster.admin, never)).length === 1 ? true : undefined))
    await cluster.clock.advance(60_000)
    expect((await cluster.nodes())[0]?.connected).toBe(false)
    expect(cluster.node('a').agent?.health().link).toMatchObject({ phase: 'refused', reason: expect.stringContaining('pending') as string })
    await cluster.operations.approve(cluster.admin, { node: 'a' }, never)
    await ready(cluster)
    expect(containers(cluster)).toEqual(before)
  })
})

describe('I4, F11: a node that is revoked', () => {
  it('runs its workloads on when it is told to keep them, through a restart of its agent as well', async () => {
    await using cluster = await launched()
    const before = containers(cluster)
    await cluster.operations.revokeNode(cluster.admin, 'a', { workloads: 'keep' }, never)
    await cluster.clock.advance(20_000)
    expect(cluster.node('a').agent?.health().link).toMatchObject({ phase: 'refused' })
    await cluster.node('a').kill()
    await cluster.node('a').start()
    await cluster.clock.advance(20_000)
    expect(containers(cluster)).toEqual(before)
  })

  it('stops them when a person says so later: within minutes, for it dials seldom by then', async () => {
    await using cluster = await launched()
    await cluster.operations.revokeNode(cluster.admin, 'a', { workloads: 'keep' }, never)
    await cluster.clock.advance(20_000)
    expect(containers(cluster)).toHaveLength(1)
    await cluster.operations.revokeNode(cluster.admin, 'a', { workloads: 'stop' }, never)
    await cluster.until('them to stop', () => (containers(cluster).length === 0 ? true : undefined), 600_000)
  })

  it('stops them when it is told to, even if it was away then, and starts none after a power cut', async () => {
    await using cluster = await launched()
    cluster.network.cut('a')
    await cluster.operations.revokeNode(cluster.admin, 'a', { workloads: 'stop' }, never)
    await cluster.clock.advance(60_000)
    expect(containers(cluster)).toHaveLength(1)
    cluster.network.heal('a')
    await cluster.until('them to stop', () => (containers(cluster).length === 0 ? true : undefined), 600_000)
    await cluster.node('a').reboot()
    await cluster.node('a').start()
    await cluster.clock.advance(60_000)
    expect(containers(cluster)).toEqual([])
    expect((await eventsOf(cluster))).toContain('node-revoked')
  })
})

describe('I7: clocks that are wrong', () => {
  const tenYearsMs = 3_653 * dayMs
  const off = [['ten years ahead', tenYearsMs], ['ten years behind', -tenYearsMs], ['in 1970', -Date.UTC(2026, 0, 1)]] as const

  it.each(off)('a board whose clock is %s joins, is ready, renews, and is let in again after a restart and after a jump', async (_, aheadMs) => {
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image], clocks: { a: aheadMs }, master: { certificateLifeMs: 10 * 60_000 } })
    await ready(cluster)
    await cluster.clock.advance(12 * 60_000)
    expect((await cluster.nodes())[0]).toMatchObject({ phase: 'ready', connected: true })
    cluster.setWall('a', 0)
    await cluster.clock.advance(60_000)
    cluster.setWall('a', -aheadMs)
    await cluster.node('a').kill()
    await cluster.node('a').start()
    await ready(cluster)
    expect((await eventsOf(cluster)).filter((type) => type === 'session-refused')).toEqual([])
  })

  it.each(off)('a master whose clock is %s from its first start on lets nodes in, and goes on when it is set right and when it is not', async (_, aheadMs) => {
    await using cluster = await launched({ clocks: { master: aheadMs } })
    for (const laterMs of [0, aheadMs, -aheadMs]) {
      cluster.setWall('master', laterMs)
      await cluster.killMaster()
      await cluster.clock.advance(5_000)
      await cluster.startMaster()
      await cluster.until('the node to be connected again', async () => ((await cluster.nodes())[0]?.connected === true ? true : undefined), 120_000)
      await ready(cluster, 120_000)
    }
    expect(containers(cluster)).toHaveLength(1)
  })

  it.each(off)('a master whose clock jumps to %s while it runs does not notice but tells, and no timeout is shorter or longer for it', async (_, aheadMs) => {
    await using cluster = await launched()
    cluster.setWall('master', aheadMs)
    await cluster.clock.advance(3 * 60_000)
    expect((await cluster.nodes())[0]).toMatchObject({ phase: 'ready', connected: true })
    const events = await eventsOf(cluster)
    expect(events.filter((type) => type === 'clock-doubtful')).toHaveLength(1)
    expect(events.filter((type) => ['node-disconnected', 'node-lost', 'node-reconnected'].includes(type))).toEqual([])
    const { token } = await cluster.operations.createToken(cluster.admin, {}, never)
    expect(token).toMatch(/^pcl1\./)
    expect((await cluster.operations.tokens(cluster.admin, never)).at(-1)?.expiresAtMs).toBe(cluster.clock.wallMs() + 15 * 60_000)
  })

  it('what happens is given the time of the cluster, whatever the clock of its board says', async () => {
    await using cluster = await launched({ clocks: { a: tenYearsMs } })
    cluster.setWall('a', -tenYearsMs)
    await cluster.operations.quarantineNode(cluster.admin, 'a', {}, never)
    await cluster.clock.advance(10_000)
    await cluster.operations.releaseNode(cluster.admin, 'a', never)
    await ready(cluster, 120_000)
    const times: number[] = []
    for await (const { atMs } of cluster.operations.events(cluster.admin, { follow: false, limit: 1_000 }, never)) times.push(atMs)
    const nowMs = cluster.clock.wallMs()
    expect(times.every((atMs) => Math.abs(atMs - nowMs) < dayMs)).toBe(true)
  })
})
