import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { forever, manifest, model } from './support/manifest.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'

/** Longer than the lan profile waits before it calls a node lost. */
const awayMs = 15_000

describeWith({ podman: true, etcd: true, root: true, linux: true }, 'F7: etcd is away for a while', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await testCluster(['front', 'rear'], 'etcd')
    await cluster.apply(manifest('steady', [model('one', 'front', { script: forever }), model('two', 'rear', { script: forever })]))
    await Promise.all(['one', 'two'].map((name) => cluster.running(name)))
  })
  afterAll(() => cluster?.dispose())

  const untouched = async (): Promise<readonly string[]> => Promise.all([['front', 'one_main'], ['rear', 'two_main']].map(async ([node = '', container = '']) => {
    const { Id, State } = await cluster.node(node).inspect(container)
    return `${Id} ${State.StartedAt} ${State.Status}`
  }))
  const phases = async (): Promise<readonly string[]> => (await cluster.client.nodes()).map(({ name, phase, connected }) => `${name} ${phase} ${connected ? 'connected' : 'away'}`).sort()
  const restarts = async (): Promise<number> => (await cluster.workload('two'))?.containers[0]?.restarts ?? 0

  test.each(['SIGSTOP', 'SIGKILL'] as const)('F7: %s: agents stay ready, writes are refused with a clear error, containers run on, and nothing is lost afterwards', async (how) => {
    const { etcd } = cluster
    if (etcd === undefined) throw new Error('This cluster has no etcd.')
    const before = await untouched()
    const restartsBefore = await restarts()
    const ready = ['front ready connected', 'rear ready connected']
    expect(await phases()).toEqual(ready)
    const late = manifest(`late-${how.toLowerCase()}`, [model(`late-${how.toLowerCase()}`, 'front', { script: forever })])
    const startedMs = performance.now()
    if (how === 'SIGSTOP') etcd.signal('SIGSTOP')
    else await etcd.kill()
    let refusals = 0
    while (performance.now() - startedMs < awayMs) {
      await expect(cluster.apply(late)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/etcd at 127\.0\.0\.1:\d+/) as string })
      refusals += 1
      expect(await phases()).toEqual(ready)
    }
    expect(refusals).toBeGreaterThan(1)
    // Something happens meanwhile: it is told of when etcd is back.
    await cluster.node('rear').podman('kill', 'two_main')
    if (how === 'SIGSTOP') etcd.signal('SIGCONT')
    else await etcd.restart()

    await eventually('writes to be taken again', async () => {
      await cluster.apply(late)
      return true
    })
    await cluster.running(`late-${how.toLowerCase()}`)
    await eventually('what happened meanwhile to be told', async () => {
      expect(await restarts()).toBeGreaterThan(restartsBefore)
      return true
    })
    await eventually('both to be ready', async () => {
      expect(await phases()).toEqual(ready)
      return true
    })
    expect((await untouched())[0]).toBe(before[0])
  }, 120_000)
})
