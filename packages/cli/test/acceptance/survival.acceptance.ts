import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClusterEvent } from '@piccolo/core/spi'
import { seededRandom } from '@piccolo/testing'
import { killProcess } from '../../../../tooling/vitest/processes.js'
import { eventually } from './support/eventually.js'
import { isLiving, killEverything } from './support/kill-everything.js'
import { forever, manifest, model, shell } from './support/manifest.js'
import { overEachStore } from './support/over-each-store.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'
import type { TestNode } from './support/test-node.js'

const wanted = ['one_main', 'two_main', 'three_left', 'three_right']
/** They end while no agent looks, so that seven lives have something to tell. */
const victims = manifest('victims', Array.from({ length: 7 }, (_, index) => model(`victim-${String(index)}`, 'front', { script: forever })))

overEachStore({ podman: true, root: true, linux: true }, 'A1, A4: a node that needs nobody', (store) => {
  let cluster: TestCluster
  let node: TestNode
  beforeAll(async () => {
    cluster = await testCluster(['front'], store)
    node = cluster.node('front')
    await cluster.apply(manifest('trip', [
      model('one', 'front', { script: forever }),
      model('two', 'front', { script: forever, restartPolicy: 'OnFailure' }),
      model('three', 'front', { containers: [shell('left', forever), shell('right', forever)] }),
      model('errand', 'front', { script: 'exit 0', restartPolicy: 'OnFailure' }),
      model('stumbling', 'front', { script: 'sleep 0.2; exit 1' }),
      model('once', 'front', { script: 'exit 3', restartPolicy: 'Never' }),
    ]))
    for (const name of ['one', 'two', 'three']) await cluster.running(name)
    await eventually('the errand to be done', async () => ((await cluster.workload('errand'))?.state === 'exited' ? true : undefined))
    await eventually('the single try to be over', async () => ((await cluster.workload('once'))?.state === 'dead' ? true : undefined))
  })
  afterAll(() => cluster?.dispose())

  test('A4: killed 20 times at random points while its master is down, the agent is back within 2 s each time, containers keep their ids, and every event arrives once and in order', async () => {
    await cluster.apply(victims)
    for (const name of victims.workloads) await cluster.running(name)
    const before = await idsOf(node)
    const seed = Number(process.env['PICCOLO_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
    const random = seededRandom(seed)
    await cluster.local.stopMaster('kill')
    await cluster.local.agent('front')?.kill()
    const readyMs: number[] = []
    /** One life of the agent, cut off so long after its start, or after it was ready. */
    const live = async (lifeMs: number, from: 'start' | 'ready'): Promise<void> => {
      let pid = 0
      const startedMs = performance.now()
      const starting = cluster.startAgent('front', { onSpawn: (id) => { pid = id } })
      const ready = starting.then((agent) => {
        readyMs.push(performance.now() - startedMs)
        return agent
      }, () => undefined)
      if (from === 'ready') await ready
      await pause(lifeMs)
      killProcess(pid)
      await (await ready)?.kill()
    }
    for (let count = 0; count < 20; count += 1) {
      const victim = count % 3 === 0 ? victims.workloads[count / 3] : undefined
      if (victim !== undefined) killProcess((await livingPid(node, `${victim}_main`)) ?? 0)
      await live(random.next() * 1_500, victim === undefined ? 'start' : 'ready')
    }
    const startedMs = performance.now()
    await cluster.startAgent('front')
    readyMs.push(performance.now() - startedMs)
    const seen = `seed ${String(seed)} (PICCOLO_TEST_SEED): ready after ${readyMs.map(Math.round).join(', ')} ms`
    process.stdout.write(`A4: ${seen}\n`)
    expect(Math.max(...readyMs), seen).toBeLessThan(2_000)
    expect(await idsOf(node)).toEqual(before)
    await cluster.local.startMaster()
    await cluster.ready('front')
    await eventually('the node to be connected', async () => ((await cluster.nodeView('front'))?.connected === true ? true : undefined))
    expect(await idsOf(node)).toEqual(before)
    for (const name of ['one', 'two', 'three']) await cluster.running(name)
    const events = await eventually('the events of many lives', async () => {
      const arrived = await cluster.events()
      return incarnationsOf(arrived).size > 5 ? arrived : undefined
    })
    expectInOrder(events)
    await cluster.remove(victims)
  }, 180_000)

  test('A1: without its master, and with every process on it killed, a node runs all its workloads again within 10 s of its agent\'s start', async () => {
    await cluster.local.stopMaster('stop')
    await cluster.local.agent('front')?.kill()
    const before = await Promise.all(wanted.map((name) => livingPid(node, name)))
    const killed = await killEverything(join(cluster.directory, 'n', 'front'))
    expect(killed).toEqual(expect.arrayContaining(before))
    const startedMs = performance.now()
    await cluster.startAgent('front')
    await eventually('all three workloads to run', async () => {
      for (const name of wanted) {
        const pid = await livingPid(node, name)
        expect(pid, `the process of ${name}`).toBeDefined()
        expect(killed).not.toContain(pid)
      }
      return true
    }, { withinMs: 10_000 })
    const tookMs = Math.round(performance.now() - startedMs)
    process.stdout.write(`A1: all run again ${String(tookMs)} ms after the agent's start\n`)
    expect(tookMs).toBeLessThan(10_000)
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

/** Podman's word is not enough here: the process itself must be there, and no corpse. */
async function livingPid(node: TestNode, container: string): Promise<number | undefined> {
  const pid = (await node.inspect(container).catch(() => undefined))?.State.Pid ?? 0
  return pid > 0 && (await isLiving(pid)) ? pid : undefined
}

/** Each life of the agent counts its events from 1: none is missing, none came twice, none before an earlier one. */
function expectInOrder(events: readonly ClusterEvent[]): void {
  let last = { incarnation: 0, seq: 0 }
  for (const { fields: { incarnation, seq } } of events) {
    if (typeof incarnation !== 'number' || typeof seq !== 'number') continue
    const next = incarnation === last.incarnation ? last.seq + 1 : 1
    expect(incarnation).toBeGreaterThanOrEqual(last.incarnation)
    expect(`${String(incarnation)}.${String(seq)}`).toBe(`${String(incarnation)}.${String(next)}`)
    last = { incarnation, seq }
  }
}

function incarnationsOf(events: readonly ClusterEvent[]): ReadonlySet<unknown> {
  return new Set(events.flatMap(({ fields: { incarnation } }) => (incarnation === undefined ? [] : [incarnation])))
}

/** Not for a condition: how long a life lasts is what chance decides here. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms) })
}
