import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { busyboxImage, discardPodman, podmanConfiguration } from '@piccolo/runtime-podman'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { loneAgent, type LoneAgent } from './support/lone-agent.js'
import { forever, image, manifest, model, shell } from './support/manifest.js'
import { ordinaryUser, type OrdinaryUser } from './support/ordinary-user.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'

const lateImage = 'localhost/piccolo/late:rootless'

describeWith({ podman: true, root: true, linux: true }, 'W12: an agent of an ordinary user, with a Podman without root', () => {
  let cluster: TestCluster
  let user: OrdinaryUser
  let agent: LoneAgent
  let podman: (...args: readonly string[]) => Promise<string>
  let podmanDirectory: string

  beforeAll(async () => {
    cluster = await testCluster([])
    user = await ordinaryUser()
    podmanDirectory = join(user.home, 'p')
    const { directories, containersConf, storageConf } = await podmanConfiguration({ directory: podmanDirectory })
    await user.own(podmanDirectory)
    podman = (...args) => user.run('podman', ['--root', directories.root, '--runroot', directories.runroot, '--tmpdir', directories.tmpdir, ...args], { CONTAINERS_CONF: containersConf, CONTAINERS_STORAGE_CONF: storageConf })
    await loads(image)
    const { token } = await cluster.client.createToken({ nodeId: 'front' })
    agent = await loneAgent({
      directory: join(user.home, 'agent'), master: cluster.local.sessionAddress, token, nodeId: 'front', user,
      runtimeArguments: [
        '--runtime', 'podman', '--podman-root', directories.root, '--podman-runroot', directories.runroot, '--podman-tmpdir', directories.tmpdir,
        '--containers-conf', containersConf, '--storage-conf', storageConf,
      ],
    })
    await eventually('the node to be ready', async () => {
      if (agent.ended) throw new Error(await agent.log())
      return (await cluster.nodeView('front'))?.phase === 'ready' ? true : undefined
    }, { withinMs: 60_000 })
  }, 180_000)

  afterAll(async () => {
    await agent?.stop()
    if (podman !== undefined) {
      await podman('rm', '--all', '--force', '--time', '0')
      // Ends the process that keeps the user's namespace alive.
      await podman('system', 'migrate')
    }
    if (podmanDirectory !== undefined) await discardPodman({ directory: podmanDirectory })
    await user?.remove()
    await cluster?.dispose()
  }, 120_000)

  /** As a person at the board brings it in. */
  const loads = async (name: string): Promise<void> => {
    const destination = join(user.home, `${name.replace(/[^a-z]/g, '-')}.tar`)
    const { path } = await busyboxImage({ name, destination, files: [{ path: '/etc/image', content: name }] })
    await user.own(path)
    await podman('load', '--input', path)
  }
  const containers = async (): Promise<readonly string[]> => (await podman('ps', '--all', '--format', '{{.Names}}')).split('\n').filter((name) => name !== '')

  test('W12: W1: a file in the shape of Pullpiri\'s applies unchanged and runs, as this user', async () => {
    const hello = manifest('hello', [model('hello', 'front', { script: `echo hello from $(id -u); ${forever}` })])
    await cluster.apply(hello)
    await cluster.running('hello')
    const [seen] = JSON.parse(await podman('inspect', '--type', 'container', 'hello_main')) as readonly { readonly State: { readonly Pid: number } }[] // Podman's own form
    const status = await readFile(`/proc/${String(seen?.State.Pid)}/status`, 'utf8')
    expect(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])).toBe(user.ids.uid)
    expect((await cluster.piccolo('logs', 'hello')).stdout).toContain('hello from 0')
    await cluster.remove(hello)
    expect(await containers()).toEqual([])
  })

  test('W12: W5: a missing image is told with the reason, is found once it is loaded, and deleting meanwhile leaves nothing', async () => {
    const late = manifest('late', [model('late', 'front', { containers: [shell('main', forever, { image: lateImage })] })])
    const waits = () => eventually('its reason', async () => {
      expect((await cluster.workload('late'))?.reason).toMatch(/^ImageUnavailable: .*late:rootless/)
      return true
    })
    await cluster.apply(late)
    await waits()
    await cluster.remove(late)
    expect(await containers()).toEqual([])
    await cluster.apply(late)
    await waits()
    await loads(lateImage)
    await cluster.running('late')
    await cluster.remove(late)
    expect(await containers()).toEqual([])
  })

  test('W12: limits hold, or are refused with what would make them hold', async () => {
    const limited = manifest('limited', [model('limited', 'front', { containers: [shell('main', forever, { resources: { limits: { memory: '32Mi' } } })] })])
    await cluster.apply(limited)
    const { facts } = (await cluster.nodeView('front')) ?? {}
    if (facts?.cgroupVersion === 1) {
      const { reason, state } = await eventually('the refusal', async () => {
        const view = await cluster.workload('limited')
        expect(view?.reason).toContain('limits')
        return view
      })
      expect(reason).toContain('run the agent as root, boot with cgroup v2, or leave the limits out')
      expect(state).not.toBe('running')
      expect(await containers()).toEqual([])
    } else {
      await cluster.running('limited')
    }
    await cluster.remove(limited)
  })
})
