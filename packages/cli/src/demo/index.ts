import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PiccoloError } from '@piccolo/core/spi'
import type { DemoOptions } from '../demo-options.js'
import { chooseRuntime } from './choose-runtime.js'
import { exampleManifest } from './example.js'
import { localCluster, type LocalCluster } from './local-cluster.js'
import { needEtcd, ownEtcd, type OwnEtcd } from './own-etcd.js'
import { play } from './play.js'
import { podmanKit, processKit, type RuntimeKit } from './runtime-kit.js'
import { screenForPeople, screenForPrograms, type Screen } from './screen.js'
import { abandonedStages, openStage } from './stage.js'

const cluster = 'demo'
const nodeNames = ['front', 'rear'] as const
const imageName = 'localhost/piccolo/busybox:demo'

/** A master and two agents, separate processes under mutual TLS: deploys, breaks and mends; then stays up until it is stopped. Throws when something does not come up as shown. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { host, json } = options
  const screen = json ? screenForPrograms(host) : screenForPeople(host)
  await cleanAfterOthers(screen)
  const choice = await chooseRuntime(options)
  await screen.act('A cluster on this machine', { runtime: choice.kind, why: choice.why })
  await screen.say(choice.kind === 'podman' ? `Containers run under ${choice.why}, in directories of the demo's own.` : `Workloads run as plain processes: ${choice.why}.`)

  if (options.store === 'etcd') await needEtcd(options)

  const stage = await openStage()
  let running: LocalCluster | undefined
  let etcd: OwnEtcd | undefined
  try {
    if (options.store === 'etcd') etcd = await ownEtcd({ directory: join(stage.directory, 'etcd'), onSpawn: stage.noteProcess })
    if (etcd !== undefined) await screen.say(`The master keeps its state in an etcd of the demo's own, at ${etcd.endpoint}, under mutual TLS.`)
    const kits = await kitsIn(stage.directory, choice.kind)
    if (choice.kind === 'podman') await loadImage(stage.directory, kits)
    running = await localCluster({ directory: stage.directory, entry: entryPath(), cluster, masterArguments: etcd?.masterArguments ?? [], onSpawn: stage.noteProcess })
    await show({ ...options, cluster: running, directory: stage.directory, kits, screen })
  } catch (error) {
    if (!(host.stop.aborted && PiccoloError.is(error, 'aborted'))) throw error
  } finally {
    await screen.act('Cleaning up')
    await running?.stop()
    await etcd?.stop()
    await clean(stage.directory)
    await screen.say('Nothing of the demo is left.', { done: true })
  }
}

interface Show extends DemoOptions {
  readonly cluster: LocalCluster
  readonly directory: string
  readonly kits: ReadonlyMap<string, RuntimeKit>
  readonly screen: Screen
}

async function show({ cluster: running, directory, kits, screen, host, once }: Show): Promise<void> {
  const manifest = { name: join(directory, 'drive.yaml'), text: exampleManifest(imageName) }
  await writeFile(manifest.name, manifest.text)
  await play({ cluster: running, kits, clusterName: cluster, manifest, screen, signal: host.stop })
  if (once || host.stop.aborted) return
  await screen.act('It stays up until Ctrl-C. In another terminal, try:')
  // Once for all, so that what follows fits into a line.
  await screen.say(`export PICCOLO_CREDENTIAL=${running.credentialPath}`)
  await screen.say(`alias piccolo='${process.execPath} ${entryPath()}'`)
  for (const example of ['get', 'describe node front', 'logs -f camera', 'events -f', `delete -f ${manifest.name}`, `apply -f ${manifest.name}`]) await screen.say(`piccolo ${example}`)
  await stopped(host.stop)
}

/** What a run left that was killed; one that holds on to something is left to the next. */
async function cleanAfterOthers(screen: Screen): Promise<void> {
  for (const directory of await abandonedStages()) {
    await clean(directory).catch((error: unknown) => screen.say(`An earlier run could not be cleaned up: ${PiccoloError.from(error).message}`))
  }
}

/** By node; `wanted` is asked with the folder that such a kit keeps its things in. */
async function kitsIn(directory: string, kind: RuntimeKit['kind'], wanted: (folder: string) => boolean = () => true): Promise<ReadonlyMap<string, RuntimeKit>> {
  const kits = new Map<string, RuntimeKit>()
  for (const name of nodeNames) {
    const podman = join(directory, 'n', name)
    const state = join(directory, name)
    if (kind === 'podman' && wanted(podman)) kits.set(name, await podmanKit(podman))
    if (kind === 'process' && wanted(join(state, 'processes'))) kits.set(name, await processKit(state))
  }
  return kits
}

/** Made here and now from this machine's busybox: no registry is asked. */
async function loadImage(directory: string, kits: ReadonlyMap<string, RuntimeKit>): Promise<void> {
  const { busyboxImage } = await import('@piccolo/runtime-podman')
  const { path } = await busyboxImage({ name: imageName, destination: join(directory, 'busybox.tar') })
  for (const kit of kits.values()) await kit.load(path)
}

/** Everything in the directory, whatever kind of run it was and however far it came. */
async function clean(directory: string): Promise<void> {
  // One node's trouble must not keep the other's containers running.
  const failures: unknown[] = []
  for (const kind of ['podman', 'process'] as const) {
    for (const [node, kit] of await kitsIn(directory, kind, existsSync)) await kit.clean({ cluster, node }).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw PiccoloError.from(failures[0])
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
