import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './support/eventually.js'
import { forever, manifest, model, shell, type TestManifest } from './support/manifest.js'
import { overEachStore } from './support/over-each-store.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'

interface Variation {
  /** Environment of one, to tell versions apart. */
  readonly till?: string
  readonly right?: string
  readonly tillNode?: string
  readonly graceSeconds?: number
  readonly without?: string
}

/** Two workloads beside each other, one of two containers on another node. */
function shop({ till = '1', right = '1', tillNode = 'front', graceSeconds = 2, without }: Variation = {}): TestManifest {
  const version = (value: string) => ({ env: [{ name: 'VERSION', value }] })
  return manifest('shop', [
    model('till', tillNode, { containers: [shell('main', forever, version(till))], terminationGracePeriodSeconds: graceSeconds }),
    model('lamp', 'front', { script: forever }),
    model('duo', 'rear', { containers: [shell('left', forever), shell('right', forever, version(right))] }),
  ].filter(({ name }) => name !== without))
}

/** Everything that must not move when nothing is to change. */
interface Picture {
  /** Container → id, start and process: `node/name`. */
  readonly containers: Readonly<Record<string, string>>
  readonly pods: Readonly<Record<string, string>>
  readonly generations: Readonly<Record<string, string>>
}

overEachStore({ podman: true, root: true, linux: true }, 'W2: an apply changes what it says and nothing else', (store) => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await testCluster(['front', 'rear'], store)
    await cluster.apply(shop())
    await Promise.all(['till', 'lamp', 'duo'].map((name) => cluster.running(name)))
  })
  afterAll(() => cluster?.dispose())

  const picture = async (): Promise<Picture> => {
    const containers: Record<string, string> = {}
    const pods: Record<string, string> = {}
    for (const name of ['front', 'rear']) {
      const node = cluster.node(name)
      for (const [container, { id }] of await node.containers()) {
        const { State } = await node.inspect(container)
        containers[`${name}/${container}`] = [id, State.StartedAt, State.Pid].join(' ')
      }
      for (const [pod, id] of await node.pods()) pods[`${name}/${pod}`] = id
    }
    const nodes = await cluster.client.nodes()
    return { containers, pods, generations: Object.fromEntries(nodes.map((view) => [view.name, `${String(view.heldGeneration)} of ${String(view.wantedGeneration)}`])) }
  }
  /** Waits until the master has acted on the Scenario as it is now and both nodes hold what it wants. */
  const settled = async (revision: bigint): Promise<void> => {
    await eventually('the apply to be acted on', async () => {
      const [scenario] = await cluster.client.scenarios()
      const nodes = await cluster.client.nodes()
      const holding = nodes.every(({ heldGeneration, wantedGeneration }) => heldGeneration === wantedGeneration)
      return scenario?.revision === revision && scenario.phase === 'completed' && holding ? true : undefined
    })
  }
  const apply = async (given: TestManifest): Promise<readonly string[]> => {
    const { revision, artifacts } = await cluster.apply(given)
    await settled(revision)
    return artifacts.filter(({ change }) => change !== 'unchanged').map(({ kind, name, change }) => `${kind}/${name} ${change}`)
  }
  const without = (all: Readonly<Record<string, string>>, name: string) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== name))
  const startsOf = async () => (await cluster.events()).filter(({ type }) => type === 'container-started' || type === 'container-restarted')

  test('W2: each start was told exactly once', async () => {
    await eventually('all starts to be told', async () => {
      expect((await startsOf()).map(({ subject, fields }) => `${subject} ${String(fields['container'])}`).sort()).toEqual([
        'workload/duo left', 'workload/duo right', 'workload/lamp main', 'workload/till main',
      ])
      return true
    })
  })

  test('W2: the same manifest twice changes nothing: same containers, same generation, nothing to tell', async () => {
    const [before, starts] = [await picture(), await startsOf()]
    expect(await apply(shop())).toEqual([])
    expect(await apply(shop())).toEqual([])
    expect(await picture()).toEqual(before)
    expect(await startsOf()).toEqual(starts)
  })

  test('W2: the same said in other words changes nothing', async () => {
    const before = await picture()
    const { text } = shop()
    const reordered = text.split('\n---\n').reverse().join('\n---\n')
    const inBlocks = reordered.replace('"apiVersion": "v1"', '"apiVersion": \'v1\' # as ever\n').replace(/\n/g, '\r\n')
    expect(await apply({ ...shop(), text: inBlocks })).toEqual([])
    expect(await picture()).toEqual(before)
  })

  test('W2: one Model changed: only its container is another one, and only its node gets a new generation', async () => {
    const before = await picture()
    expect(await apply(shop({ till: '2' }))).toEqual(['Model/till updated'])
    await eventually('the new version to run', async () => {
      expect((await cluster.node('front').inspect('till_main')).Config.Env).toContain('VERSION=2')
      return (await cluster.workload('till'))?.state === 'running' ? true : undefined
    })
    const after = await picture()
    expect(without(after.containers, 'front/till_main')).toEqual(without(before.containers, 'front/till_main'))
    expect(after.containers['front/till_main']).not.toBe(before.containers['front/till_main'])
    expect(after.generations['rear']).toBe(before.generations['rear'])
    expect(after.generations['front']).not.toBe(before.generations['front'])
  })

  test('W2: one container of a pod changed: the other one and the pod stay', async () => {
    const before = await picture()
    expect(await apply(shop({ till: '2', right: '2' }))).toEqual(['Model/duo updated'])
    await eventually('the new version to run', async () => {
      expect((await cluster.node('rear').inspect('duo_right')).Config.Env).toContain('VERSION=2')
      return (await cluster.workload('duo'))?.state === 'running' ? true : undefined
    })
    const after = await picture()
    expect(without(after.containers, 'rear/duo_right')).toEqual(without(before.containers, 'rear/duo_right'))
    expect(after.containers['rear/duo_right']).not.toBe(before.containers['rear/duo_right'])
    expect(after.pods).toEqual(before.pods)
    expect(after.generations['front']).toBe(before.generations['front'])
  })

  test('W2: a change that no container is made of restarts none', async () => {
    const before = await picture()
    expect(await apply(shop({ till: '2', right: '2', graceSeconds: 1 }))).toEqual(['Model/till updated'])
    const after = await picture()
    expect(after.containers).toEqual(before.containers)
    expect(after.generations['front']).not.toBe(before.generations['front'])
  })

  test('W2: a Model that changes without its Scenario waits, and the apply says so', async () => {
    const before = await picture()
    const [, , ...models] = shop({ till: '3', right: '2' }).text.split('\n---\n')
    const { warnings, artifacts } = await cluster.client.apply([{ name: 'till.yaml', text: models.join('\n---\n') }])
    expect(artifacts.filter(({ change }) => change === 'updated').map(({ name }) => name)).toEqual(['till'])
    expect(warnings).toEqual([expect.stringContaining('Model "till" has changed') as string])
    // Another workload on the same node comes and goes: by then the change would have been acted on.
    const probe = manifest('probe', [model('probe', 'front', { script: forever })])
    await cluster.apply(probe)
    await cluster.running('probe')
    await cluster.remove(probe)
    expect((await picture()).containers).toEqual(before.containers)
    await apply(shop({ till: '3', right: '2' }))
    await eventually('the new version to run', async () => {
      expect((await cluster.node('front').inspect('till_main')).Config.Env).toContain('VERSION=3')
      return true
    })
  })

  test('W2: a Model left out is gone, and the others stay', async () => {
    const before = await picture()
    await apply(shop({ till: '3', right: '2', without: 'lamp' }))
    await eventually('it to be gone', async () => ((await cluster.workload('lamp')) === undefined ? true : undefined))
    expect((await picture()).containers).toEqual(without(before.containers, 'front/lamp_main'))
    await apply(shop({ till: '3', right: '2' }))
    await cluster.running('lamp')
  })

  test('W2: a Model moved to another node is gone from the one before it starts on the other, and nothing else moves', async () => {
    const before = await picture()
    await apply(shop({ till: '3', right: '2', tillNode: 'rear' }))
    await eventually('it to run on the other node', async () => {
      const view = await cluster.workload('till')
      return view?.node === 'rear' && view.state === 'running' ? true : undefined
    })
    const after = await picture()
    expect(without(after.containers, 'rear/till_main')).toEqual(without(before.containers, 'front/till_main'))
    await eventually('both to be told', async () => {
      const told = (await cluster.events()).filter(({ subject }) => subject === 'workload/till')
      const removed = told.findLast(({ node, type }) => node === 'front' && type === 'workload-removed')
      const started = told.findLast(({ node, type }) => node === 'rear' && type === 'container-started')
      expect(removed?.atMs).toBeLessThanOrEqual(started?.atMs ?? 0)
      return true
    })
  })

  test.each(['stop', 'kill'] as const)('W2: a master that is restarted (%s) changes nothing either, and neither does the manifest applied to it again', async (how) => {
    const before = await picture()
    await cluster.local.restartMaster(how)
    await Promise.all(['front', 'rear'].map((name) => cluster.ready(name)))
    expect(await apply(shop({ till: '3', right: '2', tillNode: 'rear' }))).toEqual([])
    expect(await picture()).toEqual(before)
  })
})
