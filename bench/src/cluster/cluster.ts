import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { PiccoloClient } from '@piccolo/client'
import { startMaster } from './master.js'
import { piccoloProcess } from './piccolo-process.js'
import { podmanInstance, type PodmanInstance } from './podman-instance.js'

/** A master and an agent as processes of their own, under mutual TLS, with a Podman of their own. */
export interface Cluster {
  readonly client: PiccoloClient
  readonly podman: PodmanInstance
  /** Id of its only node. */
  readonly node: string
}

const node = 'bench'

/** How often a condition is looked at: what is measured can be late by as much. */
export const pollMs = 2

/** Makes a cluster, lets `use` have it, and leaves nothing behind, whatever happens. */
export async function withCluster<Result>(signal: AbortSignal, use: (cluster: Cluster) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'piccolo-bench-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })]
  try {
    const podman = await podmanInstance(join(directory, 'podman'), signal)
    closing.push(() => podman.remove())
    const master = await startMaster(directory, signal)
    closing.push(() => master.stop())
    const { client } = master
    const { token } = await client.createToken({ nodeId: node }, { signal })
    const agent = await piccoloProcess(agentArguments(directory, podman, master.address), { environment: { PICCOLO_TOKEN: token }, signal })
    closing.push(() => agent.stop())
    await until(async () => (await client.nodes({ signal })).some(({ name, phase }) => name === node && phase === 'ready'), signal)
    return await use({ client, podman, node })
  } finally {
    for (const close of closing.reverse()) await close().catch((error: unknown) => { console.error('While cleaning up:', error) })
  }
}

/** Looks every couple of milliseconds until the condition holds. */
export async function until(condition: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await condition())) await pause(pollMs, undefined, { signal })
}

function agentArguments(directory: string, { directories, containersConf, storageConf }: PodmanInstance, master: string): readonly string[] {
  return [
    'agent', '--master', master, '--directory', join(directory, 'agent'), '--node-id', node, '--runtime', 'podman',
    '--podman-root', directories.root, '--podman-runroot', directories.runroot, '--podman-tmpdir', directories.tmpdir,
    '--containers-conf', containersConf, '--storage-conf', storageConf,
  ]
}
