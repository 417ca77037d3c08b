import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { runCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'
import { forever, manifest, model, shell } from './support/manifest.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'

const kills = 5
/** So many apply at once. */
const hands = 4
const back = { withinMs: 15_000 }

describeWith({ podman: true, root: true, linux: true }, 'A5: the master is killed while it works', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await testCluster(['front', 'rear'])
    await cluster.apply(manifest('steady', [
      model('alone', 'front', { script: forever }),
      model('pair', 'rear', { containers: [shell('left', forever), shell('right', forever)] }),
    ]))
    await cluster.running('alone')
    await cluster.running('pair')
  })
  afterAll(() => cluster?.dispose())

  /** Every container with its id and the moment it was started: what nobody may touch. */
  const untouched = async (): Promise<readonly string[]> => {
    const containers = [['front', 'alone_main'], ['rear', 'pair_left'], ['rear', 'pair_right']] as const
    return Promise.all(containers.map(async ([name, container]) => {
      const { Id, State } = await cluster.node(name).inspect(container)
      return `${container} ${Id} ${State.StartedAt} ${State.Status}`
    }))
  }
  const connected = (name: string) => eventually(`node ${name} to be back`, async () => {
    const view = await cluster.nodeView(name)
    return view?.connected === true && view.phase === 'ready' ? view : undefined
  }, back)

  test('A5: what was acknowledged is there after kill -9, an apply is there whole or not at all, and no container is touched', async () => {
    const before = await untouched()
    const acknowledged = new Map<string, bigint>()
    const begun: string[] = []
    for (let kill = 0; kill < kills; kill += 1) {
      const fatal = acknowledged.size + 1 + kill * 3
      let killed: Promise<void> | undefined
      // The answer to one is the end for the others, wherever they are.
      const hand = async (number: number): Promise<void> => {
        for (let count = 0; ; count += 1) {
          const name = `batch-${String(kill)}-${String(number)}-${String(count)}`
          begun.push(name)
          const result = await cluster.client.apply([batch(name)]).catch(() => undefined)
          if (result === undefined) return
          acknowledged.set(name, result.revision)
          if (acknowledged.size >= fatal) killed ??= cluster.local.stopMaster('kill')
        }
      }
      await Promise.all(Array.from({ length: hands }, (_, number) => hand(number)))
      await killed
      const startedMs = performance.now()
      await cluster.local.startMaster()
      await Promise.all([connected('front'), connected('rear')])
      expect(performance.now() - startedMs).toBeLessThan(back.withinMs)
    }
    const models = new Map((await cluster.client.artifacts('Model')).map(({ name, revision }) => [name, revision]))
    for (const [name, revision] of acknowledged) expect(partsOf(name).map((part) => models.get(part))).toEqual(partsOf(name).map(() => revision))
    for (const name of begun) expect(new Set(partsOf(name).map((part) => models.get(part))).size).toBe(1)
    expect(acknowledged.size).toBeGreaterThanOrEqual(kills)
    expect(begun.length).toBeGreaterThan(acknowledged.size)
    expect(await untouched()).toEqual(before)
    const states = (await cluster.client.workloads()).map(({ workload, state }) => `${workload} ${state}`)
    expect(states.sort()).toEqual(['alone running', 'pair running'])
  }, 120_000)

  test('a second master over the same directory is refused, says why and what to do, and disturbs nobody', async () => {
    const before = await cluster.client.cluster()
    const directory = join(cluster.directory, 'master')
    const second = await runCommand([
      'master', '--cluster', before.name, '--directory', directory, '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0', '--credential', join(cluster.directory, 'second.json'),
    ])
    expect(second.code).toBe(6)
    expect(second.stderr).toMatch(/Another process has the store in .*master\/store open\. Stop the other master, or give this one a directory of its own/)
    expect(await cluster.client.cluster()).toEqual(before)
    for (const name of ['front', 'rear']) expect(await cluster.nodeView(name)).toMatchObject({ phase: 'ready', connected: true })
  })
})

/** Three documents that are applied together and launch nothing. */
function batch(name: string) {
  const documents = partsOf(name).map((part) => ({ apiVersion: 'v1', kind: 'Model', metadata: { name: part }, spec: { containers: [shell('main', forever)] } }))
  return { name: `${name}.yaml`, text: documents.map((document) => JSON.stringify(document)).join('\n---\n') }
}

function partsOf(name: string): readonly string[] {
  return ['a', 'b', 'c'].map((part) => `${name}-${part}`)
}
