import { describe, expect, it } from 'vitest'
import { memoryAuth, memoryCluster, type MemoryAuth, type MemoryCluster } from '../../../src/index.js'

const minuteMs = 60_000
const image = 'localhost/app:1'

async function readyCluster(): Promise<{ readonly cluster: MemoryCluster; readonly auth: MemoryAuth }> {
  const auth = memoryAuth()
  const cluster = await memoryCluster({ nodes: ['a', 'b'], images: [image], master: { auth } })
  await ready(cluster, 'a')
  await ready(cluster, 'b')
  return { cluster, auth }
}

const ready = (cluster: MemoryCluster, node: string): Promise<true> => cluster.until(`${node} to be there and ready`, async () => (
  (await cluster.nodes()).some(({ name, connected, phase }) => name === node && connected && phase === 'ready') ? true : undefined
))
const events = async (cluster: MemoryCluster): Promise<readonly string[]> => {
  const types: string[] = []
  for await (const { type } of cluster.operations.events(cluster.admin, { follow: false, limit: 1_000 }, new AbortController().signal)) types.push(type)
  return types
}

const renewals = async (cluster: MemoryCluster): Promise<number> => (
  (await cluster.operations.audit(cluster.admin, { limit: 1_000 }, new AbortController().signal)).filter(({ operation }) => operation === 'renew').length
)

describe('an authority that is given a new key', () => {
  it('I9: a node that slept through two rolls and their overlaps comes back without a visit', async () => {
    const { cluster, auth } = await readyCluster()
    await using _ = cluster
    await cluster.node('a').kill()
    for (let rolls = 0; rolls < 2; rolls += 1) {
      auth.roll({ overlapMs: minuteMs })
      await cluster.clock.advance(2 * minuteMs)
    }
    await cluster.node('a').start()
    await ready(cluster, 'a')
    expect((await cluster.operations.approvals(cluster.admin, new AbortController().signal))).toEqual([])
  })

  it('I9: rolled without an overlap, nodes that are connected stay, and come back when they lose their link or the master restarts', async () => {
    const { cluster, auth } = await readyCluster()
    await using _ = cluster
    auth.roll({ overlapMs: 0 })
    await cluster.clock.advance(minuteMs)
    expect((await cluster.nodes()).map(({ connected }) => connected)).toEqual([true, true])
    expect((await events(cluster)).filter((type) => type === 'node-reconnected')).toEqual([])
    await cluster.killMaster()
    await cluster.startMaster()
    await ready(cluster, 'a')
    await ready(cluster, 'b')
  })

  it('I9: a node that renews within the overlap needs nothing of the old key afterwards', async () => {
    const auth = memoryAuth()
    await using cluster = await memoryCluster({ nodes: ['a'], images: [image], master: { auth, certificateLifeMs: 10 * minuteMs } })
    await ready(cluster, 'a')
    auth.roll({ overlapMs: 15 * minuteMs })
    await cluster.clock.advance(16 * minuteMs)
    const before = await renewals(cluster)
    expect(before).toBeGreaterThan(0)
    await cluster.node('a').kill()
    await cluster.node('a').start()
    await ready(cluster, 'a')
    expect(await renewals(cluster)).toBe(before)
  })
})
