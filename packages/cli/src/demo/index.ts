import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PiccoloError } from '@piccolo/core/spi'
import type { DemoOptions } from '../demo-options.js'
import { chooseRuntime } from './choose-runtime.js'
import { exampleManifest } from './example.js'
import { localCluster } from './local-cluster.js'
import { play } from './play.js'
import { podmanKit, processKit, type RuntimeKit } from './runtime-kit.js'
import { screenForPeople, screenForPrograms } from './screen.js'
import { abandonedStages, openStage } from './stage.js'

export { localCluster, type LocalCluster } from './local-cluster.js'
export { podmanKit, processKit, type RuntimeKit } from './runtime-kit.js'
export { until } from './until.js'

const cluster = 'demo'
const nodeNames = ['front', 'rear'] as const
const imageName = 'localhost/piccolo/busybox:demo'

/** A master and two agents, separate processes under mutual TLS: deploys, breaks and mends; then stays up until it is stopped. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { host, json, once } = options
  const screen = json ? screenForPrograms(host) : screenForPeople(host)
  for (const directory of await abandonedStages()) await clean(directory, await kitsIn(directory, 'podman').catch(() => new Map<string, RuntimeKit>()))
  const choice = await chooseRuntime(options)
  await screen.act('A cluster on this machine', { runtime: choice.kind, why: choice.why })
  await screen.say(choice.kind === 'podman' ? `Containers run under ${choice.why}, in directories of the demo's own.` : `Workloads run as plain processes: ${choice.why}.`)

  const stage = await openStage()
  const kits = await kitsIn(stage.directory, choice.kind)
  const stopping = new AbortController()
  const signal = AbortSignal.any([host.stop, stopping.signal])
  let stopCluster: () => Promise<void> = () => Promise.resolve()
  try {
    if (choice.kind === 'podman') await loadImage(stage.directory, kits)
    const running = await localCluster({ directory: stage.directory, entry: entryPath(), cluster })
    stopCluster = running.stop
    await stage.noteProcess(running.master.pid)
    const manifestPath = join(stage.directory, 'drive.yaml')
    const manifest = exampleManifest(imageName)
    await writeFile(manifestPath, manifest)
    await play({ cluster: running, kits, clusterName: cluster, manifest: { name: manifestPath, text: manifest }, screen, signal, noteProcess: (pid) => stage.noteProcess(pid) })
    if (!once && !host.stop.aborted) {
      const command = `${process.execPath} ${entryPath()} --credential ${running.credentialPath}`
      await screen.act('It stays up until Ctrl-C. In another terminal, try:')
      for (const example of ['get nodes', 'get workloads', 'logs -f camera', 'events', `delete -f ${manifestPath}`, `apply -f ${manifestPath}`]) await screen.say(`${command} ${example}`)
      await stopped(host.stop)
    }
  } catch (error) {
    if (!(host.stop.aborted && PiccoloError.is(error, 'aborted'))) throw error
  } finally {
    stopping.abort()
    await screen.act('Cleaning up')
    await stopCluster()
    await clean(stage.directory, kits)
    await stage.remove()
    await screen.say('Nothing of the demo is left.', { done: true })
  }
}

async function kitsIn(directory: string, kind: RuntimeKit['kind']): Promise<ReadonlyMap<string, RuntimeKit>> {
  const kits = new Map<string, RuntimeKit>()
  for (const name of nodeNames) kits.set(name, kind === 'podman' ? await podmanKit(join(directory, 'n', name)) : await processKit(join(directory, name)))
  return kits
}

/** Made here and now from this machine's busybox: no registry is asked. */
async function loadImage(directory: string, kits: ReadonlyMap<string, RuntimeKit>): Promise<void> {
  const { busyboxImage } = await import('@piccolo/runtime-podman')
  const { path } = await busyboxImage({ name: imageName, destination: join(directory, 'busybox.tar') })
  for (const kit of kits.values()) await kit.load(path)
}

async function clean(directory: string, kits: ReadonlyMap<string, RuntimeKit>): Promise<void> {
  for (const [node, kit] of kits) await kit.clean({ cluster, node })
  const { rm } = await import('node:fs/promises')
  await rm(directory, { recursive: true, force: true })
}

/** The built command itself. */
function entryPath(): string {
  return fileURLToPath(new URL('piccolo.js', import.meta.url))
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })
}
