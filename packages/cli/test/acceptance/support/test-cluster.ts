import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PiccoloClient } from '@piccolo/client'
import type { ApplyResult, ClusterEvent, ManifestFile, NodeView, WorkloadView } from '@piccolo/core/spi'
import { busyboxImage } from '@piccolo/runtime-podman'
import type { Child } from '../../../src/demo/child.js'
import { localCluster, type LocalAgentOptions, type LocalCluster } from '../../../src/demo/local-cluster.js'
import { ownEtcd, type OwnEtcd } from '../../../src/demo/own-etcd.js'
import { podmanKit } from '../../../src/demo/runtime-kit.js'
import { abandonedStages, openStage } from '../../../src/demo/stage.js'
import { builtCommand, runCommand, type CommandOutcome } from './built-command.js'
import { eventually, type Patience } from './eventually.js'
import { image, type TestManifest } from './manifest.js'
import { testNode, type TestNode } from './test-node.js'

const run = promisify(execFile)

/** Short: Podman's sockets lie below it. */
const prefix = 'pa-'
export const clusterName = 'test'

/** A master and agents of the built command, each a process of its own, over Podman instances of their own. */
export interface TestCluster {
  readonly directory: string
  readonly local: LocalCluster
  /** Where the master keeps its state, unless that is its own directory. */
  readonly etcd: OwnEtcd | undefined
  readonly client: PiccoloClient
  /** Archive of the image that the nodes have. */
  readonly archive: string
  node(name: string): TestNode
  /** A Podman with the image, for an agent to come. */
  addNode(name: string): Promise<TestNode>
  startAgent(name: string, options?: Partial<LocalAgentOptions>): Promise<Child>
  /** `piccolo` with the admin's credential. */
  piccolo(...args: readonly string[]): Promise<CommandOutcome>
  apply(manifest: ManifestFile): Promise<ApplyResult>
  /** Deletes what the manifest names and waits until its workloads are gone. */
  remove(manifest: TestManifest): Promise<void>
  workload(name: string): Promise<WorkloadView | undefined>
  /** Waits until the workload runs. */
  running(name: string, patience?: Patience): Promise<WorkloadView>
  nodeView(name: string): Promise<NodeView | undefined>
  ready(name: string, patience?: Patience): Promise<NodeView>
  /** The last thousand, oldest first. */
  events(): Promise<readonly ClusterEvent[]>
  /** Ends all processes and removes every trace, whatever state things are in. */
  dispose(): Promise<void>
}

export type ClusterStore = 'embedded' | 'etcd'

/** Starts a master and agents of these names, each on a Podman that has the image, and waits until they are ready. */
export async function testCluster(names: readonly string[], store: ClusterStore = 'embedded'): Promise<TestCluster> {
  const entry = builtCommand()
  for (const directory of await abandonedStages(prefix)) await removeAll(directory)
  const stage = await openStage(prefix)
  const { directory } = stage
  const nodes = new Map<string, TestNode>()
  let local: LocalCluster | undefined
  let etcd: OwnEtcd | undefined

  const dispose = async (): Promise<void> => {
    try {
      await local?.stop()
    } finally {
      await etcd?.stop()
      await removeAll(directory)
    }
  }

  try {
    const { path: archive } = await busyboxImage({ name: image, destination: join(directory, 'busybox.tar') })
    if (store === 'etcd') etcd = await ownEtcd({ directory: join(directory, 'etcd'), onSpawn: stage.noteProcess })
    local = await localCluster({ directory, entry, cluster: clusterName, masterArguments: etcd?.masterArguments ?? [], onSpawn: stage.noteProcess })
    const cluster = clusterOver({ local, etcd, directory, archive, nodes, dispose })
    await Promise.all(names.map(async (name) => {
      await cluster.addNode(name)
      await cluster.startAgent(name)
      await cluster.ready(name)
    }))
    return cluster
  } catch (error) {
    await dispose()
    throw error
  }
}

interface Parts extends Pick<TestCluster, 'local' | 'etcd' | 'directory' | 'archive' | 'dispose'> {
  readonly nodes: Map<string, TestNode>
}

function clusterOver({ local, etcd, directory, archive, nodes, dispose }: Parts): TestCluster {
  const { client } = local
  const node = (name: string): TestNode => {
    const found = nodes.get(name)
    if (found === undefined) throw new Error(`The test has no node ${name}.`)
    return found
  }
  const workload = async (name: string) => (await client.workloads()).find((view) => view.workload === name)
  const nodeView = async (name: string) => (await client.nodes()).find((view) => view.name === name)
  return {
    directory, local, etcd, client, archive, dispose, node, workload, nodeView,
    async addNode(name) {
      const made = testNode(name, await podmanKit(join(directory, 'n', name)))
      nodes.set(name, made)
      await made.kit.load(archive)
      return made
    },
    startAgent: (name, options = {}) => local.startAgent({ name, runtimeArguments: node(name).kit.arguments, ...options }),
    piccolo: (...args) => runCommand(['--credential', local.credentialPath, ...args]),
    apply: ({ name, text }) => client.apply([{ name, text }]),
    async remove({ name, text, workloads }) {
      await client.deleteManifest([{ name, text }])
      await eventually(`the workloads of ${name} to be gone`, async () => {
        const left = (await client.workloads()).filter((view) => workloads.includes(view.workload))
        return left.length === 0 ? true : undefined
      })
    },
    running: (name, patience) => eventually(`${name} to run`, async () => {
      const view = await workload(name)
      return view?.state === 'running' ? view : undefined
    }, patience),
    ready: (name, patience = { withinMs: 30_000 }) => eventually(`node ${name} to be ready`, async () => {
      const view = await nodeView(name)
      return view?.phase === 'ready' ? view : undefined
    }, patience),
    async events() {
      const found: ClusterEvent[] = []
      for await (const event of client.events({ limit: 1_000 })) found.push(event)
      return found
    },
  }
}

/** Containers, mounts and files of a run, this one's or one that was killed. */
async function removeAll(directory: string): Promise<void> {
  const names = await readdir(join(directory, 'n')).catch(() => [])
  await Promise.all(names.map(async (name) => (await podmanKit(join(directory, 'n', name))).clean({ cluster: clusterName, node: name })))
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const mount of mounts.filter((path) => path.startsWith(`${directory}/`)).reverse()) await run('umount', ['--lazy', mount])
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}
