import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { WorkloadView } from '@piccolo/core/spi'
import { busyboxImage } from '@piccolo/runtime-podman'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { forever, manifest, model, shell } from './support/manifest.js'
import { muteServer } from './support/mute-server.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'
import type { TestNode } from './support/test-node.js'

describeWith({ podman: true, root: true, linux: true }, 'W5: images that are missing', () => {
  let cluster: TestCluster
  let node: TestNode
  beforeAll(async () => {
    cluster = await testCluster(['front'])
    node = cluster.node('front')
  })
  afterAll(() => cluster?.dispose())

  /** A name that nobody has, and a way to bring the image in. */
  const lateImage = (tag: string) => {
    const name = `localhost/piccolo/late:${tag}`
    return {
      name,
      async load(): Promise<void> {
        // With something of its own in it, or it would be the same image under another name.
        const { path } = await busyboxImage({ name, destination: join(cluster.directory, `late-${tag}.tar`), files: [{ path: '/etc/late', content: tag }] })
        await node.kit.load(path)
      },
    }
  }
  const waiting = (name: string, reason: RegExp): Promise<WorkloadView> =>
    eventually(`${name} to say why it waits`, async () => {
      const view = await cluster.workload(name)
      expect(view?.reason).toMatch(reason)
      return view
    })
  const nothingLeft = async (): Promise<void> => {
    expect(await node.containers()).toEqual(new Map())
    expect(await node.pods()).toEqual(new Map())
    expect(await cluster.client.workloads()).toEqual([])
    expect(await cluster.client.packages()).toEqual([])
    expect((await cluster.nodeView('front'))?.workloads).toBe(0)
  }

  test('W5: a missing image is tried again with the reason visible; once it is loaded the workload runs as if nothing had been', async () => {
    const image = lateImage('1')
    const shop = manifest('shop', [model('till', 'front', { containers: [shell('main', forever, { image: image.name })] }), model('lamp', 'front', { script: forever })])
    await cluster.apply(shop)
    const first = await waiting('till', /^ImageUnavailable: .*localhost\/piccolo\/late:1/)
    expect(first).toMatchObject({ state: 'pending', containers: [{ name: 'main', state: 'pending', reason: first.reason, restarts: 0 }] })
    // The others of the Package do not wait for it.
    await cluster.running('lamp')
    expect((await cluster.client.packages())[0]).toMatchObject({ state: 'pending' })
    expect((await cluster.piccolo('get', 'workloads', 'till')).stdout).toMatch(/till +pending +0\/1 .*ImageUnavailable/)
    const due = first.containers[0]?.nextAttemptAtMs ?? 0
    await eventually('it to be tried again', async () => {
      const next = (await cluster.workload('till'))?.containers[0]?.nextAttemptAtMs ?? 0
      return next > due + 1_500 ? true : undefined
    })
    await image.load()
    const view = await cluster.running('till')
    expect(view).not.toHaveProperty('reason')
    expect(view.containers[0]).not.toHaveProperty('reason')
    expect(view.containers[0]).not.toHaveProperty('nextAttemptAtMs')
    expect(view.containers[0]?.restarts).toBe(0)
    const told = (await cluster.events()).filter(({ subject, type }) => subject === 'workload/till' && type === 'image-unavailable')
    expect(told).toHaveLength(1)
    await cluster.remove(shop)
    await nothingLeft()
  })

  test('W5: deleting while the image is missing leaves nothing: no container, no pod, no status', async () => {
    const image = lateImage('2')
    const duo = manifest('duo', [model('duo', 'front', { containers: [shell('here', forever), shell('missing', forever, { image: image.name })] })])
    await cluster.apply(duo)
    const view = await waiting('duo', /^ImageUnavailable/)
    expect(view.containers.map(({ name, reason }) => [name, reason === undefined])).toEqual([['here', true], ['missing', false]])
    expect([...(await node.pods()).keys()]).toEqual(['duo'])
    await cluster.remove(duo)
    await nothingLeft()
    // Nothing comes back with the image either.
    await image.load()
    const probe = manifest('probe', [model('probe', 'front', { script: forever })])
    await cluster.apply(probe)
    await cluster.running('probe')
    expect([...(await node.containers()).keys()]).toEqual(['probe_main'])
    await cluster.remove(probe)
    await nothingLeft()
  })

  test('W5: deleting in the middle of a pull that hangs does not wait for it', async () => {
    const registry = await muteServer()
    onTestFinished(() => registry.close())
    const hanging = manifest('hanging', [model('hanging', 'front', { containers: [shell('main', forever, { image: `${registry.address}/slow:1` })] })])
    await cluster.apply(hanging)
    await eventually('the pull to be under way', async () => (registry.calls > 0 ? true : undefined))
    const startedMs = performance.now()
    await cluster.remove(hanging)
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    await nothingLeft()
  })

  test('W5: an update whose image is missing leaves the old version running and says what it waits for; loading it lets the new one take over', async () => {
    const image = lateImage('3')
    await cluster.apply(manifest('shop', [model('till', 'front', { script: forever })]))
    await cluster.running('till')
    const id = await node.idOf('till_main')
    const update = manifest('shop', [model('till', 'front', { containers: [shell('main', forever, { image: image.name })] })])
    await cluster.apply(update)
    const view = await waiting('till', /^ImageUnavailable: .*late:3/)
    expect(view).toMatchObject({ state: 'running', containers: [{ id, state: 'running' }] })
    expect(view.effectiveDigest).not.toBe(view.wantedDigest)
    expect((await node.containers()).get('till_main')).toEqual({ id, state: 'running' })
    await image.load()
    await eventually('the new version to run', async () => {
      const now = await cluster.workload('till')
      return now?.state === 'running' && now.reason === undefined && now.containers[0]?.image === image.name ? true : undefined
    })
    expect(await node.idOf('till_main')).not.toBe(id)
    await cluster.remove(update)
    await nothingLeft()
  })

  test('W5: such an update may be deleted as well: the old version goes, and nothing is left', async () => {
    await cluster.apply(manifest('shop', [model('till', 'front', { script: forever })]))
    await cluster.running('till')
    const update = manifest('shop', [model('till', 'front', { containers: [shell('main', forever, { image: 'localhost/piccolo/never:1' })] })])
    await cluster.apply(update)
    await waiting('till', /^ImageUnavailable/)
    await cluster.remove(update)
    await nothingLeft()
  })

  test('W5: imagePullPolicy Never asks no registry, says so, and runs what is loaded by hand', async () => {
    const registry = await muteServer()
    onTestFinished(() => registry.close())
    const name = `${registry.address}/local:1`
    const local = manifest('local', [model('local', 'front', { containers: [shell('main', forever, { image: name, imagePullPolicy: 'Never' })] })])
    await cluster.apply(local)
    await waiting('local', /^ImageUnavailable: .*Never/)
    const { path } = await busyboxImage({ name, destination: join(cluster.directory, 'local.tar') })
    await node.kit.load(path)
    await cluster.running('local')
    expect(registry.calls).toBe(0)
    await cluster.remove(local)
  })

  test('W5: an image that is removed by hand, containers and all, is missed with the reason; loading it again settles', async () => {
    const image = lateImage('4')
    await image.load()
    const shop = manifest('shop', [model('till', 'front', { containers: [shell('main', forever, { image: image.name })] })])
    await cluster.apply(shop)
    await cluster.running('till')
    // The agent may bring the container back between two steps of this: then it takes another go.
    await eventually('the image to be gone', async () => { await node.podman('rmi', '--force', image.name); return true })
    await waiting('till', /^ImageUnavailable: .*late:4/)
    await image.load()
    expect(await cluster.running('till')).not.toHaveProperty('reason')
    await cluster.remove(shop)
    await nothingLeft()
  })

  test('W5: an agent that is killed while an image is missing goes on where it was', async () => {
    const image = lateImage('5')
    const shop = manifest('shop', [model('till', 'front', { containers: [shell('main', forever, { image: image.name })] })])
    await cluster.apply(shop)
    await waiting('till', /^ImageUnavailable/)
    await cluster.local.agent('front')?.kill()
    await image.load()
    await cluster.startAgent('front')
    expect(await cluster.running('till')).not.toHaveProperty('reason')
    await cluster.remove(shop)
    await nothingLeft()
  })

  test('W5: a command that is not in the image is told as such, and a mended one runs at once', async () => {
    const typo = manifest('typo', [model('typo', 'front', { containers: [{ ...shell('main', forever), command: ['slep', '10'] }] })])
    await cluster.apply(typo)
    await waiting('typo', /^(Create|Start)Failed: .*slep/)
    const mended = manifest('typo', [model('typo', 'front', { script: forever })])
    await cluster.apply(mended)
    expect(await cluster.running('typo', { withinMs: 5_000 })).not.toHaveProperty('reason')
    await cluster.remove(mended)
    await nothingLeft()
  })
})
