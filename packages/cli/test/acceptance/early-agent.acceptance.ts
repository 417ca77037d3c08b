import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { forever, manifest, model } from './support/manifest.js'
import { muteServer } from './support/mute-server.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'

const joined = { withinMs: 10_000 }

describeWith({ podman: true, root: true, linux: true }, 'B2: an agent that is there before its master', () => {
  let cluster: TestCluster
  beforeAll(async () => { cluster = await testCluster([]) })
  afterAll(() => cluster?.dispose())

  /** A node with a token in hand, whose master has gone away. */
  const strandedNode = async (name: string): Promise<{ readonly token: string }> => {
    await cluster.addNode(name)
    const { token } = await cluster.client.createToken({ nodeId: name })
    await cluster.local.stopMaster('stop')
    return { token }
  }
  const logged = (name: string, what: RegExp): Promise<true> =>
    eventually(`the agent of ${name} to log ${String(what)}`, async () => (what.test(await readFile(join(cluster.directory, 'logs', `${name}.log`), 'utf8')) ? true : undefined))
  const runsOn = async (name: string): Promise<void> => {
    const package_ = manifest(`for-${name}`, [model(`work-${name}`, name, { script: forever })])
    await cluster.apply(package_)
    expect((await cluster.running(`work-${name}`)).node).toBe(name)
  }

  test('B2: it waits, joins when the master appears, and gets work, without being started again', async () => {
    const { token } = await strandedNode('early')
    const agent = await cluster.startAgent('early', { token })
    expect(agent.ready).not.toHaveProperty('nodeId')
    await logged('early', /can't be reached|refused|unavailable/i)
    await cluster.local.startMaster()
    await cluster.ready('early', joined)
    expect(cluster.local.agent('early')).toMatchObject({ pid: agent.pid, running: true })
    await runsOn('early')
    const registered = (await cluster.events()).filter(({ type, subject }) => type === 'node-registered' && subject === 'node/early')
    expect(registered).toHaveLength(1)
  })

  test('B2: a stranger that has the master\'s port meanwhile and never answers does not keep it from joining', async () => {
    const { token } = await strandedNode('patient')
    const stranger = await muteServer(Number(cluster.local.sessionAddress.split(':')[1]))
    onTestFinished(() => stranger.close())
    const agent = await cluster.startAgent('patient', { token })
    await eventually('the agent to have called', async () => (stranger.calls > 0 ? true : undefined))
    await stranger.close()
    await cluster.local.startMaster()
    await cluster.ready('patient', joined)
    expect(cluster.local.agent('patient')).toMatchObject({ pid: agent.pid, running: true })
    await runsOn('patient')
  })

  test('B2: of several addresses it finds the one where the master appears', async () => {
    const { token } = await strandedNode('seeker')
    const { kit } = cluster.node('seeker')
    await cluster.startAgent('seeker', { token, runtimeArguments: ['--master', '127.0.0.1:1,127.0.0.1:2', ...kit.arguments] })
    await cluster.local.startMaster()
    await cluster.ready('seeker', joined)
    await runsOn('seeker')
  })

  test('B2: one that is known already comes back before its master, keeps its work going, and needs no new token', async () => {
    const id = await cluster.node('early').idOf('work-early_main')
    await cluster.local.stopMaster('kill')
    await cluster.local.agent('early')?.stop()
    await cluster.node('early').podman('stop', '--time', '0', 'work-early_main')
    const agent = await cluster.startAgent('early')
    expect(agent.ready).toMatchObject({ nodeId: 'early' })
    await eventually('the work to go on without a master', async () => ((await cluster.node('early').containers()).get('work-early_main')?.state === 'running' ? true : undefined))
    await cluster.local.startMaster()
    await eventually('it to be back', async () => {
      const view = await cluster.nodeView('early')
      return view?.connected === true && view.phase === 'ready' ? true : undefined
    }, joined)
    expect(await cluster.node('early').idOf('work-early_main')).toBe(id)
  })

  test('B2: a master that is asked to stop is gone within 2 s, although nodes are connected and a stranger hangs on its port without a word', async () => {
    const stranger = connect(Number(cluster.local.sessionAddress.split(':')[1]), '127.0.0.1')
    stranger.on('error', () => undefined)
    onTestFinished(() => { stranger.destroy() })
    await new Promise((resolve) => stranger.once('connect', resolve))
    const startedMs = performance.now()
    await cluster.local.stopMaster('stop')
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    await cluster.local.startMaster()
    await cluster.ready('early', joined)
  })
})
