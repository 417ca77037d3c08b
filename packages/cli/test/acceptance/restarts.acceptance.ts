import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WorkloadView } from '@piccolo/core/spi'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { forever, manifest, model, shell, type TestManifest } from './support/manifest.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'
import type { TestNode } from './support/test-node.js'

const slow = { withinMs: 40_000 }

describeWith({ podman: true, root: true, linux: true }, 'W4: containers that end are run again as their policy says', () => {
  let cluster: TestCluster
  let node: TestNode
  beforeAll(async () => {
    cluster = await testCluster(['front'])
    node = cluster.node('front')
  })
  afterAll(() => cluster?.dispose())

  const settled = (name: string, state: WorkloadView['state'], patience = {}): Promise<WorkloadView> =>
    eventually(`${name} to be ${state}`, async () => {
      const view = await cluster.workload(name)
      expect(view?.state).toBe(state)
      return view
    }, patience)
  const told = async (name: string, type: string) => (await cluster.events()).filter((event) => event.subject === `workload/${name}` && event.type === type)
  /** A script that counts its runs in a file of the board and does as it is told for this run. */
  const counting = (name: string, then: string) => shell('main', `n=$(($(cat /runs/${name} 2>/dev/null || echo 0) + 1)); echo $n > /runs/${name}; ${then}`, { volumeMounts: [{ name: 'runs', mountPath: '/runs' }] })
  const board = async () => {
    const path = join(cluster.directory, 'runs')
    await mkdir(path, { recursive: true })
    return { volumes: [{ name: 'runs', hostPath: { path } }] }
  }
  const manifestOfJobs = (volumes: Readonly<Record<string, unknown>>): TestManifest =>
    manifest('jobs', [
      model('always-good', 'front', { containers: [counting('always-good', 'exit 0')], restartPolicy: 'Always', ...volumes }),
      model('always-bad', 'front', { containers: [counting('always-bad', 'exit 1')], restartPolicy: 'Always', ...volumes }),
      model('default-good', 'front', { containers: [counting('default-good', 'exit 0')], ...volumes }),
      model('failure-good', 'front', { containers: [counting('failure-good', 'exit 0')], restartPolicy: 'OnFailure', ...volumes }),
      model('failure-bad', 'front', { containers: [counting('failure-bad', 'exit 2')], restartPolicy: 'OnFailure', ...volumes }),
      model('failure-mends', 'front', { containers: [counting('failure-mends', 'test $n -ge 3')], restartPolicy: 'OnFailure', ...volumes }),
      model('never-good', 'front', { containers: [counting('never-good', 'exit 0')], restartPolicy: 'Never', ...volumes }),
      model('never-bad', 'front', { containers: [counting('never-bad', 'exit 7')], restartPolicy: 'Never', ...volumes }),
    ])
  const runsOf = async (name: string): Promise<number> => Number(await readFile(join(cluster.directory, 'runs', name), 'utf8'))

  test('W4: the policies: Always runs again whatever the exit code, OnFailure after a failure only, Never not at all', async () => {
    const jobs = manifestOfJobs(await board())
    await cluster.apply(jobs)
    for (const name of ['always-good', 'always-bad', 'default-good', 'failure-bad']) {
      await eventually(`${name} to have run three times`, async () => ((await runsOf(name)) >= 3 ? true : undefined), slow)
    }
    const mended = await settled('failure-mends', 'exited', slow)
    expect(mended.containers).toMatchObject([{ state: 'exited', exitCode: 0, restarts: 2 }])
    expect(mended).not.toHaveProperty('reason')
    expect(await settled('failure-good', 'exited')).toMatchObject({ containers: [{ exitCode: 0, restarts: 0 }] })
    expect(await settled('never-good', 'exited')).toMatchObject({ containers: [{ exitCode: 0, restarts: 0 }] })
    expect(await settled('never-bad', 'dead')).toMatchObject({ containers: [{ exitCode: 7, restarts: 0 }] })
    expect(await Promise.all(['failure-good', 'failure-mends', 'never-good', 'never-bad'].map(runsOf))).toEqual([1, 3, 1, 1])
    expect((await cluster.client.packages())[0]).toMatchObject({ name: 'jobs', state: 'degraded' })
  })

  test('W4: what is done stays done when the agent is killed and starts again; what loops goes on', async () => {
    const before = await runsOf('always-bad')
    await cluster.local.agent('front')?.kill()
    await cluster.startAgent('front')
    await eventually('the loop to go on', async () => ((await runsOf('always-bad')) > before ? true : undefined), slow)
    expect(await Promise.all(['failure-good', 'failure-mends', 'never-good', 'never-bad'].map(runsOf))).toEqual([1, 3, 1, 1])
    expect(await settled('never-bad', 'dead')).toMatchObject({ containers: [{ exitCode: 7 }] })
    expect(await settled('failure-good', 'exited')).toMatchObject({ containers: [{ exitCode: 0 }] })
    await cluster.remove(manifestOfJobs(await board()))
    expect(await node.containers()).toEqual(new Map())
  })

  test('W4: a crash loop waits twice as long each time, and its state says how often, why, and when it goes on', async () => {
    const loop = manifest('loop', [model('loop', 'front', { script: 'exit 3' })])
    await cluster.apply(loop)
    await eventually('five runs to have ended', async () => ((await told('loop', 'container-exited')).length >= 5 ? true : undefined), slow)
    const view = await settled('loop', 'dead')
    const [container] = view.containers
    expect(view.reason).toMatch(/^CrashLoopBackOff: .*exit code 3/)
    expect(container).toMatchObject({ state: 'dead', exitCode: 3, restarts: 4, reason: view.reason })
    expect((container?.nextAttemptAtMs ?? 0) - (container?.exitedAtMs ?? 0)).toBeGreaterThan(14_000)
    expect((await cluster.client.packages())[0]).toMatchObject({ name: 'loop', state: 'error', models: [{ reason: view.reason }] })
    const ends = (await told('loop', 'container-exited')).map(({ atMs }) => atMs)
    const starts = (await told('loop', 'container-restarted')).map(({ atMs }) => atMs)
    const waits = starts.map((atMs, index) => atMs - (ends[index] ?? 0))
    ;[1_000, 2_000, 4_000, 8_000].forEach((atLeastMs, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(atLeastMs - 5)
      expect(waits[index]).toBeLessThan(2 * atLeastMs)
    })
    const get = await cluster.piccolo('get', 'workloads', 'loop')
    expect(get.stdout).toMatch(/loop +dead +0\/1 +4 .*CrashLoopBackOff: exit code 3/)
  })

  test('W4: a mended Model runs at once, however long the loop had to wait', async () => {
    const mended = manifest('loop', [model('loop', 'front', { script: forever })])
    await cluster.apply(mended)
    const view = await cluster.running('loop', { withinMs: 5_000 })
    expect(view).not.toHaveProperty('reason')
    expect(view.containers).toMatchObject([{ restarts: 0 }])
    expect([...(await node.containers()).keys()]).toEqual(['loop_main'])
    await cluster.remove(mended)
  })

  test('W4: a crash loop that is deleted while it waits leaves nothing', async () => {
    const loop = manifest('loop', [model('loop', 'front', { script: 'exit 1' })])
    await cluster.apply(loop)
    await eventually('it to wait', async () => ((await cluster.workload('loop'))?.reason === undefined ? undefined : true))
    await cluster.remove(loop)
    expect(await node.containers()).toEqual(new Map())
    expect(await cluster.client.packages()).toEqual([])
  })

  test('W4: one container of a pod that fails is run again alone', async () => {
    const volumes = await board()
    const pair = manifest('pair', [model('pair', 'front', { containers: [shell('steady', forever), counting('pair', `test $n -ge 3 && { ${forever}; }; exit 1`)], ...volumes })])
    await cluster.apply(pair)
    await settled('pair', 'dead')
    const steady = await node.inspect('pair_steady')
    const view = await eventually('both to run', async () => {
      const now = await cluster.workload('pair')
      return now?.state === 'running' && now.containers[1]?.restarts === 2 ? now : undefined
    }, slow)
    expect(view.containers).toMatchObject([{ name: 'steady', restarts: 0 }, { name: 'main', restarts: 2 }])
    expect((await node.inspect('pair_steady')).State.Pid).toBe(steady.State.Pid)
    await cluster.remove(pair)
    expect(await node.pods()).toEqual(new Map())
  })

  test('W4: an init container that fails keeps the others from starting, is tried again, and says so', async () => {
    const volumes = await board()
    const init = (name: string, last: string) => ({ ...counting(name, last), name: 'init' })
    const careful = manifest('careful', [
      model('careful', 'front', { initContainers: [init('careful', 'test $n -ge 2')], containers: [shell('main', forever)], ...volumes }),
      model('doomed', 'front', { initContainers: [init('doomed', 'exit 9')], containers: [shell('main', forever)], restartPolicy: 'Never', ...volumes }),
    ])
    await cluster.apply(careful)
    await cluster.running('careful', slow)
    expect(await runsOf('careful')).toBe(2)
    const doomed = await settled('doomed', 'dead')
    expect(doomed.containers).toMatchObject([{ name: 'init', state: 'dead', exitCode: 9 }, { name: 'main', state: 'pending' }])
    expect(await runsOf('doomed')).toBe(1)
    expect((await node.containers()).has('doomed_main')).toBe(false)
    await cluster.remove(careful)
    expect(await node.containers()).toEqual(new Map())
  })

  test('W4: a container that takes more memory than its limit is dead, and the policy is honoured', async () => {
    const hungry = shell('main', 'tail /dev/zero', { resources: { limits: { memory: '24Mi' } } })
    const greedy = manifest('greedy', [
      model('greedy', 'front', { containers: [hungry], restartPolicy: 'Never' }),
      model('again', 'front', { containers: [hungry], restartPolicy: 'OnFailure' }),
    ])
    await cluster.apply(greedy)
    expect(await settled('greedy', 'dead', slow)).toMatchObject({ containers: [{ state: 'dead', exitCode: 137, restarts: 0 }] })
    await eventually('it to be tried again', async () => {
      expect((await cluster.workload('again'))?.containers[0]?.restarts).toBeGreaterThanOrEqual(1)
      return true
    }, slow)
    await cluster.remove(greedy)
  })
})
