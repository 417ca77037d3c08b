import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PiccoloError } from '@piccolo/core/spi'
import { translateFile } from './errors.js'
import type { PodmanOptions } from './options.js'

export interface PodmanConfigurationOptions {
  /** Everything goes in here: configuration, images, containers, state. Made if it is not there; at most 55 bytes. */
  readonly directory: string
  /** `runc` (default) works with every cgroup layout; crun refuses the hybrid one. */
  readonly runtime?: 'runc' | 'crun'
  /** Storage driver; default `overlay`. `vfs` works on any file system, slowly. */
  readonly driver?: 'overlay' | 'vfs'
}

/** Options for `podmanRuntime` that lead to a Podman of its own. */
export type PodmanConfiguration = Required<Pick<PodmanOptions, 'directories' | 'containersConf' | 'storageConf'>>

/**
 * Sets up a Podman of its own in one directory: nothing of the system's Podman is seen, used or changed. Answers the options for
 * `podmanRuntime`. `discardPodman` takes it away again, with whatever still runs in it.
 */
export async function podmanConfiguration(options: PodmanConfigurationOptions): Promise<PodmanConfiguration> {
  const { directory, runtime = 'runc', driver = 'overlay' } = options
  if (Buffer.byteLength(directory) > 55) {
    throw new PiccoloError('invalid-argument', `The path ${directory} is too long for Podman's sockets (over 55 bytes): choose a shorter one.`)
  }
  const { directories, containersConf, storageConf } = podmanPaths(directory)
  try {
    for (const path of [directory, directories.root, directories.runroot, directories.tmpdir]) await mkdir(path, { recursive: true, mode: 0o700 })
    await writeFile(containersConf, containersToml({ runtime, directory, tmpdir: directories.tmpdir }))
    await writeFile(storageConf, storageToml(driver, directories))
  } catch (error) {
    throw translateFile(`Setting up Podman in ${directory}`, error)
  }
  return { directories, containersConf, storageConf }
}

/** Where everything is in the directory of a Podman of its own. */
export function podmanPaths(directory: string): PodmanConfiguration {
  return {
    directories: { root: join(directory, 'root'), runroot: join(directory, 'runroot'), tmpdir: join(directory, 'tmp') },
    containersConf: join(directory, 'containers.conf'),
    storageConf: join(directory, 'storage.conf'),
  }
}

/** A file logger, so that changes can be seen without a process; limits that a board grants to every user. */
function containersToml({ runtime, directory, tmpdir }: { readonly runtime: string; readonly directory: string; readonly tmpdir: string }): string {
  return `[engine]
runtime = ${quote(runtime)}
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = ${quote(tmpdir)}
volume_path = ${quote(join(directory, 'volumes'))}

[network]
network_backend = "netavark"
network_config_dir = ${quote(join(directory, 'networks'))}

[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
`
}

function storageToml(driver: string, { root, runroot }: { readonly root: string; readonly runroot: string }): string {
  return `[storage]
driver = ${quote(driver)}
graphroot = ${quote(root)}
runroot = ${quote(runroot)}
`
}

/** A TOML basic string; JSON's escapes are a subset of TOML's. */
function quote(text: string): string {
  return JSON.stringify(text)
}
