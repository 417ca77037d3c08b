import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Directories of a Podman instance of its own; containers and images elsewhere are invisible to it. */
export interface PodmanDirectories {
  /** Images and containers; wants a real disk. */
  readonly root: string
  /** State of what runs; lost at a boot, so a tmpfs will do. */
  readonly runroot: string
  /** Exits, events and locks of running containers; lost at a boot as well. */
  readonly tmpdir: string
}

export interface PodmanOptions {
  /** Default `podman`, found by PATH. */
  readonly binary?: string
  /** Default: the user's ordinary Podman. */
  readonly directories?: PodmanDirectories
  /** A containers.conf to use instead of the system's. */
  readonly containersConf?: string
  /** A storage.conf to use instead of the system's. */
  readonly storageConf?: string
  /** Where sockets of the on-demand service go; default: `piccolo` in the tmpdir given above, in XDG_RUNTIME_DIR, or in /run. At most 70 bytes. */
  readonly socketDirectory?: string
  /** How long the on-demand service lives on after its last request; default 5, at least 2. */
  readonly serviceIdleSeconds?: number
  /** Deadline of an ordinary call; default 60 000. A stop gets its grace on top. */
  readonly callDeadlineMs?: number
  /** Deadline of pulling or loading an image; default 900 000. */
  readonly imageDeadlineMs?: number
  /** Where a container's log is cut; default 10 MiB. */
  readonly logSizeBytes?: number
}

/** The options with every default filled in, in the terms of a command line. */
export interface PodmanSettings {
  readonly binary: string
  readonly globalArguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly socketDirectory: string
  readonly serviceIdleSeconds: number
  readonly callDeadlineMs: number
  readonly imageDeadlineMs: number
  readonly logSizeBytes: number
  /** Where the libpod temporary directory may be, likeliest first. */
  readonly temporaryDirectories: readonly string[]
}

/** What of the process' surroundings matters: handed in, so that a test can. */
export interface Surroundings {
  readonly uid: number
  readonly runtimeDirectory?: string
}

export function resolveOptions(options: PodmanOptions, surroundings: Surroundings): PodmanSettings {
  const { directories, containersConf, storageConf } = options
  const runtimeDirectory = surroundings.runtimeDirectory
  return {
    binary: options.binary === undefined ? 'podman' : options.binary.includes('/') ? resolve(options.binary) : options.binary,
    globalArguments: directories === undefined
      ? []
      : ['--root', resolve(directories.root), '--runroot', resolve(directories.runroot), '--tmpdir', resolve(directories.tmpdir)],
    environment: {
      ...(containersConf === undefined ? {} : { CONTAINERS_CONF: resolve(containersConf) }),
      ...(storageConf === undefined ? {} : { CONTAINERS_STORAGE_CONF: resolve(storageConf) }),
    },
    socketDirectory: resolve(options.socketDirectory ?? defaultSocketDirectory(directories, surroundings)),
    serviceIdleSeconds: Math.max(2, Math.ceil(options.serviceIdleSeconds ?? 5)),
    callDeadlineMs: options.callDeadlineMs ?? 60_000,
    imageDeadlineMs: options.imageDeadlineMs ?? 900_000,
    logSizeBytes: options.logSizeBytes ?? 10 * 1024 * 1024,
    temporaryDirectories: directories === undefined
      ? [...(surroundings.uid === 0 ? ['/run/libpod'] : []), ...(runtimeDirectory === undefined ? [] : [join(runtimeDirectory, 'libpod', 'tmp')])]
      : [directories.tmpdir],
  }
}

function defaultSocketDirectory(directories: PodmanDirectories | undefined, { uid, runtimeDirectory }: Surroundings): string {
  if (directories !== undefined) return join(directories.tmpdir, 'piccolo')
  if (uid === 0) return '/run/piccolo'
  return runtimeDirectory === undefined ? join(tmpdir(), `piccolo-${uid}`) : join(runtimeDirectory, 'piccolo')
}
