import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { memoryGroup } from '../../../../tooling/vitest/memory-group.js'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { localCluster, type LocalCluster } from '../../src/demo/local-cluster.js'
import { podmanKit } from '../../src/demo/runtime-kit.js'
import { busyboxImage } from '@piccolo/runtime-podman'
import { builtCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'
import { loneAgent, type LoneAgent, type LoneAgentOptions } from './support/lone-agent.js'
import { forever, image, manifest, model, shell } from './support/manifest.js'

const run = promisify(execFile)
const processRuntime = ['--runtime', 'process']

describeWith({ linux: true }, 'the agent as one file', () => {
  let directory: string
  let cluster: LocalCluster

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pf-'))
    cluster = await localCluster({ directory: join(directory, 'master'), entry: builtCommand(), cluster: 'file' })
  })
  afterAll(async () => {
    await cluster?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** An agent of the shipped file that has joined; it is stopped after the test. */
  const joined = async (name: string, options: Partial<LoneAgentOptions> = {}): Promise<LoneAgent> => {
    const { token } = await cluster.client.createToken({ nodeId: name })
    const agent = await loneAgent({ directory: join(directory, name), master: cluster.sessionAddress, token, nodeId: name, runtimeArguments: processRuntime, ...options })
    onTestFinished(() => agent.stop())
    await eventually(`node ${name} to be ready`, async () => {
      if (agent.ended) throw new Error(await agent.log())
      return (await cluster.client.nodes()).find((node) => node.name === name)?.phase === 'ready' ? true : undefined
    }, { withinMs: 40_000 })
    return agent
  }

  /** Gives the node a workload, waits until it runs, and takes it away after the test, before the agent goes. */
  const works = async (node: string, container = shell('main', forever)): Promise<void> => {
    const { name, text } = manifest(`for-${node}`, [model(`work-${node}`, node, { containers: [container] })])
    const work = { name, text }
    await cluster.client.apply([work])
    const seen = async (): Promise<string | undefined> => (await cluster.client.workloads()).find(({ workload }) => workload === `work-${node}`)?.state
    await eventually(`work-${node} to run`, async () => ((await seen()) === 'running' ? true : undefined), { withinMs: 40_000 })
    onTestFinished(async () => {
      await cluster.client.deleteManifest([work])
      await eventually(`work-${node} to be gone`, async () => ((await seen()) === undefined ? true : undefined))
    })
  }

  test('alone in an empty directory, with Node and nothing else, it joins under mutual TLS and runs a workload', async () => {
    await joined('lone')
    await works('lone')
    expect((await readdir(join(directory, 'lone'))).sort()).toEqual(['piccolo-agent.cjs', 'state', 'token'])
    expect((await cluster.client.nodes()).find(({ name }) => name === 'lone')?.connected).toBe(true)
  })

  test('it knows the options of `piccolo agent`, and refuses what is wrong as that does', async () => {
    const file = join(builtCommand(), '../piccolo-agent.cjs')
    const { stdout } = await run(process.execPath, [file, '--help'])
    const { stdout: through } = await run(process.execPath, [builtCommand(), 'agent', '--help'])
    expect(stdout.replace('piccolo-agent', 'piccolo agent')).toBe(through)
    await expect(run(process.execPath, [file, '--master', 'nowhere'])).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('piccolo: --master') as string })
  })

  test('`piccolo agent` is the same program: neither has what the other commands need', async () => {
    const { token } = await cluster.client.createToken({ nodeId: 'command' })
    const started = await cluster.startAgent({ name: 'command', runtimeArguments: processRuntime, token })
    onTestFinished(() => started.stop())
    await eventually('node command to be ready', async () => ((await cluster.client.nodes()).find(({ name }) => name === 'command')?.phase === 'ready' ? true : undefined))
    const text = await readFile(join(builtCommand(), '../piccolo-agent.cjs'), 'utf8')
    expect(text).not.toMatch(/reflect-metadata|ZodError|createSecureServer|undici/)
  })

  test('it comes with the licences of everything inside it', async () => {
    const text = await readFile(join(builtCommand(), '../piccolo-agent.licenses.txt'), 'utf8')
    for (const name of ['@bufbuild/protobuf', 'commander']) expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'))
  })

  describeWith({ podman: true, root: true }, 'with Podman', () => {
    test('it runs a container', async () => {
      const home = join(directory, 'p')
      const kit = await podmanKit(home)
      onTestFinished(() => kit.clean({ cluster: 'file', node: 'boxed' }))
      const { path } = await busyboxImage({ name: image, destination: join(directory, 'busybox.tar') })
      await kit.load(path)
      await joined('boxed', { runtimeArguments: kit.arguments })
      await works('boxed')
      expect(await kit.podman('ps', '--format', '{{.Names}}')).toContain('work-boxed_main')
    })
  })

  describeWith({ memoryGroups: true }, 'in little memory', () => {
    test('it starts, joins and works in 64 MiB, Node itself included, and nothing in there is killed', async () => {
      const group = await memoryGroup(`piccolo-test-${String(process.pid)}`, 64 * 1024 * 1024)
      onTestFinished(() => group.remove())
      const node = await coldNode(join(directory, 'node'))
      await joined('small', { entrance: group.entrance, node })
      await works('small')
      expect(await group.kills()).toBe(0)
      // Else Node itself was charged to somebody else.
      expect((await group.peakBytes()) ?? Infinity).toBeGreaterThan(40e6)
    })
  })
})

/** A Node that is on disk alone: what is read of it is charged to whoever starts it, as on a board that runs no other. */
async function coldNode(path: string): Promise<string> {
  await copyFile(process.execPath, path)
  await run('sync', [path])
  await run('dd', [`if=${path}`, 'iflag=nocache', 'count=0'])
  return path
}
