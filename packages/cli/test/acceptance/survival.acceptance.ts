import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { forever, manifest, model, shell } from './support/manifest.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'
import type { TestNode } from './support/test-node.js'

const wanted = ['one_main', 'two_main', 'three_left', 'three_right']

describeWith({ podman: true, root: true, linux: true }, 'A1, A4: a node that needs nobody', () => {
  let cluster: TestCluster
  let node: TestNode
  beforeAll(async () => {
    cluster = await testCluster(['front'])
    node = cluster.node('front')
    await cluster.apply(manifest('trip', [
      model('one', 'front', { script: forever }),
      model('two', 'front', { script: forever, restartPolicy: 'OnFailure' }),
      model('three', 'front', { containers: [shell('left', forever), shell('right', forever)] }),
      model('errand', 'front', { script: 'exit 0', restartPolicy: 'OnFailure' }),
      model('once', 'front', { script: 'exit 3', restartPolicy: 'Never' }),
    ]))
    for (const name of ['one', 'two', 'three']) await cluster.running(name)
    await eventually('the errand to be done', async () => ((await cluster.workload('errand'))?.state === 'exited' ? true : undefined))
    await eventually('the single try to be over', async () => ((await cluster.workload('once'))?.state === 'dead' ? true : undefined))
  })
  afterAll(() => cluster?.dispose())

  test('A4: killed 20 times at random points while its master is down, the agent is back within 2 s each time, containers keep their ids, and every event arrives once and in order', async () => {
    const before = await idsOf(node)
    const seed = Math.floor(Math.random() * 1e9)
    const random = chance(seed)
    await cluster.local.stopMaster('kill')
    const readyMs: number[] = []
    for (let kill = 0; kill < 20; kill += 1) {
      await cluster.local.agent('front')?.kill()
      const startedMs = performance.now()
      await cluster.startAgent('front')
      readyMs.push(performance.now() - startedMs)
      await pause(random() * 700)
    }
    expect(Math.max(...readyMs), `seed ${String(seed)}: ready after ${readyMs.map(Math.round).join(', ')} ms`).toBeLessThan(2_000)
    expect(await idsOf(node)).toEqual(before)
    await cluster.local.startMaster()
    await cluster.ready('front')
    await eventually('the node to be connected', async () => ((await cluster.nodeView('front'))?.connected === true ? true : undefined))
    expect(await idsOf(node)).toEqual(before)
    for (const name of ['one', 'two', 'three']) await cluster.running(name)
    expectInOrder(await cluster.events())
  }, 120_000)

  test('A1: without its master, and with every process on it killed, a node runs all its workloads again within 10 s of its agent\'s start', async () => {
    await cluster.local.stopMaster('stop')
    await cluster.local.agent('front')?.kill()
    const killed = await killContainers(cluster.directory, node)
    const startedMs = performance.now()
    await cluster.startAgent('front')
    await eventually('all three workloads to run', async () => {
      const pids = await Promise.all(wanted.map((name) => livingPid(node, name)))
      return pids.every((pid) => pid !== undefined && !killed.includes(pid)) ? true : undefined
    }, { withinMs: 10_000 })
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    // What had done its work, or may not be repeated, is not done again.
    const containers = await node.containers()
    for (const name of ['errand_main', 'once_main']) expect(containers.get(name)?.state ?? 'gone').not.toBe('running')
    await cluster.local.startMaster()
    await cluster.ready('front')
    for (const name of ['one', 'two', 'three']) await cluster.running(name)
    expect(await cluster.workload('errand')).toMatchObject({ state: 'exited', containers: [{ restarts: 0, exitCode: 0 }] })
    expect(await cluster.workload('once')).toMatchObject({ state: 'dead', containers: [{ restarts: 0, exitCode: 3 }] })
  })
})

async function idsOf(node: TestNode): Promise<readonly string[]> {
  const containers = await node.containers()
  return wanted.map((name) => `${name} ${containers.get(name)?.id ?? 'gone'} ${containers.get(name)?.state ?? ''}`)
}

/** Every process that belongs to this node's containers: conmon and what it watches, as a power cut would take them. */
async function killContainers(directory: string, node: TestNode): Promise<readonly number[]> {
  const ids = [...(await node.containers()).values()].map(({ id }) => id)
  const pids = await Promise.all([...(await node.containers()).keys()].map(async (name) => (await node.inspect(name)).State.Pid))
  const conmons: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const line = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (line[0]?.endsWith('conmon') === true && line.some((word) => word.startsWith(`${directory}/`)) && line.some((word) => ids.includes(word))) conmons.push(Number(name))
  }
  expect(conmons.length).toBeGreaterThanOrEqual(wanted.length)
  for (const pid of [...conmons, ...pids]) if (pid > 1) kill(pid)
  return pids
}

/** Podman's word is not enough here: the process itself must be there, and no corpse. */
async function livingPid(node: TestNode, container: string): Promise<number | undefined> {
  const pid = (await node.inspect(container).catch(() => undefined))?.State.Pid ?? 0
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => undefined)
  return stat === undefined || /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2)) ? undefined : pid
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended together with the one before.
  }
}

/** Within each incarnation of the agent: no number twice, none before a smaller one. */
function expectInOrder(events: readonly { readonly node?: string; readonly fields: Readonly<Record<string, unknown>> }[]): void {
  const last = new Map<number, number>()
  let counted = 0
  for (const { fields } of events) {
    const { incarnation, seq } = fields
    if (typeof incarnation !== 'number' || typeof seq !== 'number') continue
    expect(seq).toBe((last.get(incarnation) ?? 0) + 1)
    last.set(incarnation, seq)
    counted += 1
  }
  expect(counted).toBeGreaterThan(0)
}

function chance(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms) })
}
