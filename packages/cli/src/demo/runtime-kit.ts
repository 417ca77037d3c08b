import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock, systemRandom } from '@piccolo/core/system'
import type { ContainerRuntime, ContainerRuntimeAdapter, Logger, RuntimeContext } from '@piccolo/core/spi'

const run = promisify(execFile)
const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

type Scope = RuntimeContext['scope']

/** What runs one node's workloads in a directory of its own; nothing else on the machine is touched. */
export interface RuntimeKit {
  readonly kind: 'podman' | 'process'
  /** For `piccolo agent`. */
  readonly arguments: readonly string[]
  /** Brings the image of an archive in; nothing for processes. */
  load(archive: string): Promise<void>
  /** A second pair of hands on the same containers, to break things with. Opened; close it. */
  open(scope: Scope): Promise<ContainerRuntime>
  /** Stops and removes everything of this node in the directory. */
  clean(scope: Scope): Promise<void>
}

export interface PodmanKit extends RuntimeKit {
  /** What a person at the node would type; answers its output. */
  podman(...given: readonly string[]): Promise<string>
}

/** A Podman with images, containers and state of its own below `directory`. */
export async function podmanKit(directory: string): Promise<PodmanKit> {
  const { discardPodman, podmanConfiguration, podmanRuntime } = await import('@piccolo/runtime-podman')
  const options = await podmanConfiguration({ directory })
  const { directories, containersConf, storageConf } = options
  const environment = { ...process.env, CONTAINERS_CONF: containersConf, CONTAINERS_STORAGE_CONF: storageConf }
  const podman = async (...given: readonly string[]): Promise<string> => {
    const { stdout } = await run('podman', ['--root', directories.root, '--runroot', directories.runroot, '--tmpdir', directories.tmpdir, ...given], { env: environment, timeout: 120_000 })
    return stdout
  }
  const adapter = podmanRuntime(options)
  return {
    kind: 'podman',
    podman,
    arguments: [
      '--runtime', 'podman', '--podman-root', directories.root, '--podman-runroot', directories.runroot, '--podman-tmpdir', directories.tmpdir,
      '--containers-conf', containersConf, '--storage-conf', storageConf,
    ],
    async load(archive) {
      await podman('load', '--input', archive)
    },
    open: (scope) => openIn(adapter, scope),
    clean: () => discardPodman({ directory }),
  }
}

/** Plain processes, for machines without Podman. `stateDirectory` is the agent's. */
export async function processKit(stateDirectory: string): Promise<RuntimeKit> {
  const { processRuntime } = await import('@piccolo/runtime-process')
  const adapter = processRuntime({ directory: join(stateDirectory, 'processes') })
  return {
    kind: 'process',
    arguments: ['--runtime', 'process'],
    load: () => Promise.resolve(),
    open: (scope) => openIn(adapter, scope),
    clean: (scope) => removeAll(adapter, scope),
  }
}

async function openIn(adapter: ContainerRuntimeAdapter, scope: Scope): Promise<ContainerRuntime> {
  const runtime = adapter({ clock: systemClock, random: systemRandom, logger: silent, scope })
  await runtime.open(AbortSignal.timeout(60_000))
  return runtime
}

async function removeAll(adapter: ContainerRuntimeAdapter, scope: Scope): Promise<void> {
  const runtime = await openIn(adapter, scope)
  const signal = AbortSignal.timeout(60_000)
  try {
    for (const { id } of await runtime.list(signal)) await runtime.remove(id, signal)
  } finally {
    await runtime.close()
  }
}
