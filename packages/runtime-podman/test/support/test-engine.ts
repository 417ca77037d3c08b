import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ContainerRuntime, RuntimeScope } from '@piccolo/core/spi'
import { seededRandom, silentLogger } from '@piccolo/testing'
import { busyboxImage, discardPodman, podmanConfiguration, podmanRuntime, type PodmanOptions } from '@piccolo/runtime-podman'
import { realClock } from './real-clock.js'

export const image = 'localhost/piccolo/test:1'

/** A Podman of its own in a temporary directory, with the test image loaded. */
export interface TestEngine {
  readonly directory: string
  readonly archive: string
  runtime(scope?: Partial<RuntimeScope>, options?: PodmanOptions): ContainerRuntime
  /** What a person would type; answers its output. */
  podman(...args: readonly string[]): Promise<string>
  /** Pods and containers, all scopes. */
  clear(): Promise<void>
  dispose(): Promise<void>
}

export async function testEngine(): Promise<TestEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'pcl-podman-'))
  const configuration = await podmanConfiguration({ directory })
  const { root, runroot, tmpdir: temporary } = configuration.directories
  const environment = { ...process.env, CONTAINERS_CONF: configuration.containersConf, CONTAINERS_STORAGE_CONF: configuration.storageConf }
  const podman = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('podman', ['--root', root, '--runroot', runroot, '--tmpdir', temporary, ...args], { env: environment })
    return stdout.trim()
  }
  const clear = async (): Promise<void> => {
    await podman('pod', 'rm', '--force', '--all', '--time', '0')
    await podman('rm', '--force', '--all', '--time', '0')
  }
  const dispose = (): Promise<void> => discardPodman({ directory })
  try {
    const { path: archive } = await busyboxImage({ name: image, destination: join(directory, 'image.tar') })
    await podman('load', '--quiet', '--input', archive)
    return {
      directory, archive, podman, clear, dispose,
      runtime: (scope = {}, options = {}) => podmanRuntime({ ...configuration, ...options })({
        clock: realClock, random: seededRandom(1), logger: silentLogger, scope: { cluster: 'test', node: 'one', ...scope },
      }),
    }
  } catch (error) {
    await dispose()
    throw error
  }
}
