import { afterAll, beforeAll, expect, test } from 'vitest'
import { killProcess } from '../../../../tooling/vitest/processes.js'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { forever, image, manifest, model, shell } from './support/manifest.js'
import { podmanServicesOf } from './support/processes.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'
import type { TestNode } from './support/test-node.js'

const restored = { withinMs: 5_000 }

describeWith({ podman: true, root: true, linux: true }, 'W7: what somebody breaks by hand is mended', () => {
  let cluster: TestCluster
  let node: TestNode
  beforeAll(async () => {
    cluster = await testCluster(['front'])
    node = cluster.node('front')
    await cluster.apply(manifest('shop', [
      model('till', 'front', { script: forever }),
      model('lamp', 'front', { script: forever }),
      model('duo', 'front', { containers: [shell('left', forever), shell('right', forever)] }),
      model('once', 'front', { script: 'exit 0', restartPolicy: 'Never' }),
    ]))
    for (const name of ['till', 'lamp', 'duo']) await cluster.running(name)
    await eventually('the job to be done', async () => ((await cluster.workload('once'))?.state === 'exited' ? true : undefined))
  })
  afterAll(() => cluster?.dispose())

  /** Waits until another container of this name runs, on the node and as the master has it. */
  const back = async (container: string, formerId: string): Promise<void> => {
    const [workload = '', name = ''] = container.split('_')
    await eventually(`${container} to be back`, async () => {
      const found = (await node.containers()).get(container)
      if (found?.state !== 'running' || found.id === formerId) return undefined
      const told = (await cluster.workload(workload))?.containers.find((one) => one.name === name)
      return told?.state === 'running' && told.id === found.id ? true : undefined
    }, restored)
  }
  const restartsOf = async (name: string): Promise<number> => (await cluster.workload(name))?.containers[0]?.restarts ?? -1

  test('W7: a running container that is removed is back within 5 s, counted and told of, and nothing else is touched', async () => {
    const before = await node.containers()
    const id = await node.idOf('till_main')
    const restarts = await restartsOf('till')
    await node.podman('rm', '--force', '--time', '0', 'till_main')
    await back('till_main', id)
    expect(await restartsOf('till')).toBe(restarts + 1)
    const rest = ([name]: readonly [string, unknown]): boolean => name !== 'till_main'
    expect([...(await node.containers())].filter(rest)).toEqual([...before].filter(rest))
    await eventually('it to be told', async () => {
      const told = (await cluster.events()).filter(({ subject, type }) => subject === 'workload/till' && type !== 'container-exited').map(({ type }) => type)
      expect(told).toEqual(['container-started', 'container-restarted'])
      return true
    })
  })

  test('W7: a container that is removed again and again is back within 5 s each time', async () => {
    for (let times = 0; times < 5; times += 1) {
      const id = await node.idOf('till_main')
      await node.podman('rm', '--force', '--time', '0', 'till_main')
      await back('till_main', id)
    }
    expect(await cluster.workload('till')).not.toHaveProperty('reason')
  })

  test('W7: a container that is stopped and then removed is back within 5 s', async () => {
    const id = await node.idOf('lamp_main')
    await node.podman('stop', '--time', '0', 'lamp_main')
    await node.podman('rm', '--force', 'lamp_main')
    await back('lamp_main', id)
  })

  test('W7: a container that is stopped runs again within 5 s, the same one', async () => {
    const id = await node.idOf('lamp_main')
    const { startedAtMs = 0 } = (await cluster.workload('lamp'))?.containers[0] ?? {}
    await node.podman('stop', 'lamp_main')
    await eventually('it to run again', async () => {
      const [told] = (await cluster.workload('lamp'))?.containers ?? []
      return told?.state === 'running' && (told.startedAtMs ?? 0) > startedAtMs ? true : undefined
    }, restored)
    expect((await node.containers()).get('lamp_main')).toEqual({ id, state: 'running' })
  })

  test('W7: a container that is paused is shown as paused, and runs on when it is let go', async () => {
    const id = await node.idOf('lamp_main')
    await node.podman('pause', 'lamp_main')
    await eventually('it to be shown as paused', async () => ((await cluster.workload('lamp'))?.state === 'paused' ? true : undefined))
    await node.podman('unpause', 'lamp_main')
    await cluster.running('lamp')
    expect(await node.idOf('lamp_main')).toBe(id)
  })

  test('W7: a pod that is removed is back within 5 s, all of it in one new pod', async () => {
    const pod = (await node.pods()).get('duo')
    const [left, right] = [await node.idOf('duo_left'), await node.idOf('duo_right')]
    await node.podman('pod', 'rm', '--force', '--time', '0', 'duo')
    await Promise.all([back('duo_left', left), back('duo_right', right)])
    const pods = await node.pods()
    expect([...pods.keys()]).toEqual(['duo'])
    expect(pods.get('duo')).not.toBe(pod)
    expect((await node.inspect('duo_left')).Pod).toBe(pods.get('duo'))
    expect((await node.inspect('duo_right')).Pod).toBe(pods.get('duo'))
  })

  test('W7: one container of a pod that is removed is back within 5 s, in the same pod, beside the same other', async () => {
    const pods = await node.pods()
    const [left, right] = [await node.idOf('duo_left'), await node.idOf('duo_right')]
    await node.podman('rm', '--force', '--time', '0', 'duo_right')
    await back('duo_right', right)
    expect(await node.pods()).toEqual(pods)
    expect(await node.idOf('duo_left')).toBe(left)
    expect((await node.inspect('duo_right')).Pod).toBe(pods.get('duo'))
  })

  test('W7: a run that has done its work is not done again when its container is removed', async () => {
    await node.podman('rm', '--force', 'once_main')
    const id = await node.idOf('till_main')
    await node.podman('rm', '--force', '--time', '0', 'till_main')
    await back('till_main', id)
    expect((await node.containers()).has('once_main')).toBe(false)
    expect(await cluster.workload('once')).toMatchObject({ state: 'exited', containers: [{ exitCode: 0 }] })
  })

  test('W7: what is removed while the agent is away is back when the agent is, and the rest is adopted', async () => {
    const [till, lamp] = [await node.idOf('till_main'), await node.idOf('lamp_main')]
    await cluster.local.agent('front')?.kill()
    await node.podman('rm', '--force', '--time', '0', 'till_main')
    await cluster.startAgent('front')
    await back('till_main', till)
    expect(await node.idOf('lamp_main')).toBe(lamp)
    expect((await node.containers()).has('once_main')).toBe(false)
  })

  test('W7: Podman\'s own service may be killed at any time: what runs runs on, and what is to be done gets done', async () => {
    const { pid } = cluster.local.agent('front') ?? { pid: 0 }
    const lamp = await node.idOf('lamp_main')
    for (let times = 0; times < 3; times += 1) {
      const id = await node.idOf('till_main')
      const killed = killServices(pid, { atLeast: times === 0 ? 1 : 2 })
      await node.podman('rm', '--force', '--time', '0', 'till_main')
      await killed
      await back('till_main', id)
    }
    // Idle: nothing is under way when it goes.
    await killServices(pid, { atLeast: 1 })
    const id = await node.idOf('till_main')
    await node.podman('rm', '--force', '--time', '0', 'till_main')
    await back('till_main', id)
    expect(await node.idOf('lamp_main')).toBe(lamp)
    await cluster.ready('front', { withinMs: 5_000 })
  })

  test('W7: a stranger\'s container that has the name is left alone; the reason is shown, and once the name is free the workload runs', async () => {
    await node.podman('run', '--detach', '--network', 'host', '--name', 'guest_main', image, 'sleep', '100000')
    const stranger = await node.idOf('guest_main')
    const guest = manifest('guest', [model('guest', 'front', { script: forever })])
    await cluster.apply(guest)
    await eventually('the reason to be shown', async () => {
      const reason = (await cluster.workload('guest'))?.reason
      return reason?.startsWith('CreateFailed') === true ? true : undefined
    })
    expect((await node.containers()).get('guest_main')).toEqual({ id: stranger, state: 'running' })
    await node.podman('rm', '--force', '--time', '0', 'guest_main')
    await cluster.running('guest')
    await cluster.remove(guest)
    expect((await node.containers()).has('guest_main')).toBe(false)
  })
})

/** Kills so many of the agent's Podman services, each as soon as it is there. */
async function killServices(agent: number, { atLeast }: { readonly atLeast: number }): Promise<void> {
  const killed = new Set<number>()
  await eventually('a Podman service to be there', async () => {
    for (const id of await podmanServicesOf(agent)) {
      if (killed.has(id)) continue
      killProcess(id)
      killed.add(id)
    }
    return killed.size >= atLeast ? true : undefined
  }, { everyMs: 5 })
}
