import { execFileSync } from 'node:child_process'
import { chmod, mkdir, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { NodeView } from '@piccolo/core/spi'
import { killProcess } from '../../../../tooling/vitest/processes.js'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { forever, manifest, model } from './support/manifest.js'
import { podmanServicesOf } from './support/processes.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'

/** What gives no sign of its own is looked at every 30 s. */
const nextLook = { withinMs: 40_000 }

describeWith({ podman: true, root: true, linux: true }, 'B1: a node that is not fit for work says why and gets none', () => {
  let cluster: TestCluster
  beforeAll(async () => { cluster = await testCluster(['good']) })
  afterAll(() => cluster?.dispose())

  const notReady = (name: string, reason: RegExp, patience = nextLook): Promise<NodeView> =>
    eventually(`node ${name} to be not ready`, async () => {
      const view = await cluster.nodeView(name)
      expect(view?.phase).toBe('notReady')
      expect(view?.reasons.join('; ')).toMatch(reason)
      return view
    }, patience)
  const pair = (other: string) => manifest('pair', [model('here', 'good', { script: forever }), model('there', other, { script: forever })])
  /** That the master gives the node nothing, and tells why, while the rest of the Package runs. */
  const getsNothing = async (other: string, reason: RegExp): Promise<void> => {
    await cluster.apply(pair(other))
    await cluster.running('here')
    await eventually('the reason to be shown with the Package', async () => {
      const models = (await cluster.client.packages()).find(({ name }) => name === 'pair')?.models ?? []
      expect(models).toMatchObject([{ name: 'here', state: 'running' }, { name: 'there', node: other, state: 'pending' }])
      expect(models[1]?.reason).toMatch(reason)
      return true
    })
    expect(await cluster.workload('there')).toBeUndefined()
    expect([...(await cluster.node(other).containers()).keys()]).not.toContain('there_main')
  }

  test.each([
    { name: 'bare', what: 'there is no Podman', fake: undefined, reason: /container-runtime: There is no podman .*install/i },
    { name: 'broken', what: 'Podman does not work', fake: '#!/bin/sh\necho "cannot clone: Operation not permitted" >&2\nexit 125\n', reason: /container-runtime: .*cannot clone/i },
  ])('B1: where $what the node is not ready with the reason and gets nothing; mended, it is ready without a restart of its agent', async ({ name, fake, reason }) => {
    await cluster.addNode(name)
    const programs = join(cluster.directory, `${name}-bin`)
    const podman = join(programs, 'podman')
    await mkdir(programs)
    if (fake !== undefined) {
      await writeFile(podman, fake)
      await chmod(podman, 0o755)
    }
    const agent = await cluster.startAgent(name, { environment: { PATH: `${programs}:/usr/sbin:/sbin` } })
    await notReady(name, reason)
    expect((await cluster.piccolo('get', 'nodes', name)).stdout).toMatch(new RegExp(`${name} +notReady .*container-runtime`))
    await getsNothing(name, reason)

    await rm(podman, { force: true })
    await symlink(execFileSync('which', ['podman'], { encoding: 'utf8' }).trim(), podman)
    await cluster.ready(name, nextLook)
    expect((await cluster.running('there')).node).toBe(name)
    expect(cluster.local.agent(name)).toMatchObject({ pid: agent.pid, running: true })
    await cluster.remove(pair(name))
  })

  test('B1: where Podman goes away later, what is to be started shows it, the node is not ready, and what runs runs on; it mends by itself', async () => {
    const podman = join(cluster.directory, 'bare-bin', 'podman')
    const resident = manifest('resident', [model('resident', 'bare', { script: forever })])
    await cluster.apply(resident)
    await cluster.running('resident')
    const id = await cluster.node('bare').idOf('resident_main')
    await rm(podman)
    // Or the service that is still there would do the work.
    for (const service of await podmanServicesOf(cluster.local.agent('bare')?.pid ?? 0)) killProcess(service)
    await cluster.apply(pair('bare'))
    await notReady('bare', /There is no podman/)
    expect((await cluster.node('bare').containers()).get('resident_main')).toEqual({ id, state: 'running' })
    await symlink(execFileSync('which', ['podman'], { encoding: 'utf8' }).trim(), podman)
    await cluster.ready('bare', nextLook)
    await cluster.running('there', nextLook)
    expect((await cluster.node('bare').containers()).get('resident_main')).toEqual({ id, state: 'running' })
    await cluster.remove(pair('bare'))
    await cluster.remove(resident)
  })

  test('B1: a disk 85 % full is a warning, 92 % full is not ready: what runs runs on, nothing new comes, and room makes it ready without a restart', async () => {
    await cluster.addNode('full')
    const state = cluster.local.agentDirectory('full')
    await mkdir(state)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', state])
    const ballast = join(state, 'ballast')
    const fillTo = async (share: number): Promise<void> => {
      await rm(ballast, { force: true })
      const { blocks, bavail, bsize } = await statfs(state)
      await writeFile(ballast, new Uint8Array(Math.round((share * blocks - (blocks - bavail)) * bsize)))
    }
    onTestFinished(() => rm(ballast, { force: true }))

    await fillTo(0.85)
    const agent = await cluster.startAgent('full')
    const view = await cluster.ready('full')
    expect(view.readiness?.findings.find(({ check }) => check === 'disk')).toMatchObject({ level: 'warn', reason: 'The disk is 85 % full; make room.' })
    const resident = manifest('lodger', [model('lodger', 'full', { script: forever })])
    await cluster.apply(resident)
    await cluster.running('lodger')
    const id = await cluster.node('full').idOf('lodger_main')

    await fillTo(0.92)
    await notReady('full', /disk: The disk is 92 % full/)
    await getsNothing('full', /notReady: disk: The disk is 92 % full/)
    expect((await cluster.node('full').containers()).get('lodger_main')).toEqual({ id, state: 'running' })

    await fillTo(0.5)
    await cluster.ready('full', nextLook)
    expect((await cluster.running('there')).node).toBe('full')
    expect((await cluster.node('full').containers()).get('lodger_main')).toEqual({ id, state: 'running' })
    expect(cluster.local.agent('full')).toMatchObject({ pid: agent.pid, running: true })
    await cluster.remove(pair('full'))
    await cluster.remove(resident)
  })

  test('B1: an agent that starts on a disk 92 % full joins, is not ready, and is ready once there is room', async () => {
    await cluster.addNode('late')
    const state = cluster.local.agentDirectory('late')
    await mkdir(state)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', state])
    const ballast = join(state, 'ballast')
    await writeFile(ballast, new Uint8Array(0.92 * 32 * 1024 * 1024))
    await cluster.startAgent('late')
    await notReady('late', /disk: The disk is 92 % full/)
    await getsNothing('late', /disk: The disk is 92 % full/)
    await rm(ballast)
    await cluster.ready('late', nextLook)
    await cluster.running('there')
    await cluster.remove(pair('late'))
  })
})
