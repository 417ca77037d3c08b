import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from './command.js'

/** A Podman with directories of its own: what it makes is invisible to the machine's other containers, and goes with it. */
export interface PodmanInstance {
  readonly directories: { readonly root: string; readonly runroot: string; readonly tmpdir: string }
  readonly containersConf: string
  readonly storageConf: string
  /** Runs `podman` with these directories. */
  run(args: readonly string[], signal: AbortSignal): Promise<string>
  /** Ends and removes every container, then the directories' mounts. */
  remove(): Promise<void>
}

export const benchImage = 'localhost/piccolo-bench:1'

/** Ends at once when asked to, as a service should; busybox's own sleep as process 1 would not. */
export const willingCommand = ['/bin/busybox', 'sh', '-c', 'trap "exit 0" TERM; while :; do /bin/busybox sleep 3600 & wait $!; done']

const busybox = '/bin/busybox'

const containersConf = `[engine]
runtime = "runc"
events_logger = "file"
[network]
network_backend = "netavark"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
`

export async function podmanInstance(directory: string, signal: AbortSignal): Promise<PodmanInstance> {
  const directories = { root: join(directory, 'root'), runroot: join(directory, 'runroot'), tmpdir: join(directory, 'tmp') }
  const files = { containersConf: join(directory, 'containers.conf'), storageConf: join(directory, 'storage.conf') }
  for (const path of Object.values(directories)) await mkdir(path, { recursive: true })
  await writeFile(files.containersConf, containersConf)
  await writeFile(files.storageConf, `[storage]\ndriver = "overlay"\ngraphroot = "${directories.root}"\nrunroot = "${directories.runroot}"\n`)

  const place = ['--root', directories.root, '--runroot', directories.runroot, '--tmpdir', directories.tmpdir]
  const environment = { CONTAINERS_CONF: files.containersConf, CONTAINERS_STORAGE_CONF: files.storageConf }
  const run = (args: readonly string[], limit: AbortSignal) => command('podman', [...place, ...args], { environment, signal: limit })

  await makeImage(directory, run, signal)
  return {
    directories,
    ...files,
    run,
    async remove() {
      const limit = AbortSignal.timeout(20_000)
      await run(['rm', '--all', '--force', '--time', '0'], limit)
      // Unmounts what overlay mounted below the root.
      await run(['rmi', '--all', '--force'], limit)
    },
  }
}

/** One static binary is an image: no registry is needed. */
async function makeImage(directory: string, run: PodmanInstance['run'], signal: AbortSignal): Promise<void> {
  const tree = join(directory, 'image')
  await mkdir(join(tree, 'bin'), { recursive: true })
  await copyFile(busybox, join(tree, 'bin/busybox'))
  const archive = join(directory, 'image.tar')
  await command('tar', ['-C', tree, '-cf', archive, '.'], { signal })
  await run(['import', '--change', 'CMD ["/bin/busybox","sleep","3600"]', archive, benchImage], signal)
  await rm(tree, { recursive: true })
  await rm(archive)
}
