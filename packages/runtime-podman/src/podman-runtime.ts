import { existsSync } from 'node:fs'
import {
  PiccoloError, throwIfAborted, type ContainerRuntime, type ContainerRuntimeAdapter, type ContainerSpec, type RuntimeContext,
} from '@piccolo/core/spi'
import { Containers } from './containers/containers.js'
import { logs } from './containers/logs.js'
import { pods } from './containers/pods.js'
import { judge } from './engine/health.js'
import { readInformation, type EngineInformation } from './engine/information.js'
import { OnDemandService } from './engine/on-demand-service.js'
import { PodmanApi } from './engine/podman-api.js'
import { prepareSocketDirectory } from './engine/socket-directory.js'
import { images } from './images/images.js'
import { resolveOptions, type PodmanOptions } from './options.js'
import { openSources } from './watching/sources.js'
import { Watching } from './watching/watching.js'

/**
 * Containers under Podman 4 or later, by its REST service, which is there only while it is needed: nothing of ours runs at rest
 * but inotify watches. Containers belong to conmon and outlive this process, the service and each other.
 */
export function podmanRuntime(options: PodmanOptions = {}): ContainerRuntimeAdapter {
  return (context) => createRuntime(options, context)
}

function createRuntime(options: PodmanOptions, { clock, scope }: RuntimeContext): ContainerRuntime {
  const uid = process.getuid?.() ?? 0
  const runtimeDirectory = process.env['XDG_RUNTIME_DIR']
  const settings = resolveOptions(options, { uid, ...(runtimeDirectory === undefined ? {} : { runtimeDirectory }) })
  const service = new OnDemandService(settings, clock)
  const api = new PodmanApi(service, { clock, deadlineMs: settings.callDeadlineMs })
  const containers = new Containers(api, scope, settings)
  let lifetime = new AbortController()
  let asked: Promise<EngineInformation> | undefined
  let limits = true

  /** Asked once: none of it changes while the engine stays installed. */
  const information = (): Promise<EngineInformation> => {
    if (asked !== undefined) return asked
    const asking = readInformation(api, lifetime.signal).then((found) => {
      limits = !(found.rootless && found.cgroupVersion === 1)
      return found
    })
    asking.catch(() => { if (asked === asking) asked = undefined })
    return (asked = asking)
  }

  const watching = new Watching({
    looks: containers,
    gone: (id) => containers.forget(id),
    openSources: (tidings) => openSources({ clock, settings, scope, eventLogger: async () => (await information()).eventLogger }, tidings),
  })

  const open = async (signal: AbortSignal): Promise<void> => {
    throwIfAborted(signal)
    await prepareSocketDirectory(settings.socketDirectory, uid)
    if (lifetime.signal.aborted) lifetime = new AbortController()
    service.open()
    await api.call({ method: 'GET', path: '/_ping', doing: 'Reaching Podman', signal })
    if (uid !== 0) await information() // what an ordinary user can't have shows in the capabilities
  }

  const refuseLimits = (spec: ContainerSpec): void => {
    if (limits || (spec.limits.cpuCores === undefined && spec.limits.memoryBytes === undefined)) return
    const remedy = 'run the agent as root, boot with cgroup v2, or leave the limits out'
    throw new PiccoloError('unsupported', `${spec.name} asks for limits, which an ordinary user can't have under cgroup v1: ${remedy}.`)
  }

  return {
    get capabilities() {
      return { name: 'podman', limits: { cpu: limits, memory: limits }, privateNetwork: true }
    },
    images: images(api, settings),
    logs: logs(api, async (id, signal) => (await containers.inspect(id, signal)) !== undefined),
    pods: pods(api, scope),
    open,

    async close() {
      lifetime.abort()
      await watching.close()
      service.close()
    },

    async health(signal) {
      throwIfAborted(signal)
      try {
        await open(signal)
        asked = undefined
        const found = await information()
        const hybridCgroups = existsSync('/sys/fs/cgroup/unified')
        return judge(found, { hybridCgroups, quietWatch: found.eventLogger === 'file' })
      } catch (error) {
        throwIfAborted(signal)
        return { ready: false, reasons: [PiccoloError.from(error).message] }
      }
    },

    async create(spec, signal) {
      throwIfAborted(signal)
      refuseLimits(spec)
      const id = await containers.create(spec, signal)
      watching.demandProof()
      return id
    },
    start: (id, signal) => containers.start(id, signal),
    stop: (id, stopOptions, signal) => containers.stop(id, stopOptions, signal),
    kill: (id, signal) => containers.kill(id, signal),
    remove: (id, signal) => containers.remove(id, signal),
    list: (signal) => containers.list(signal),
    inspect: (id, signal) => containers.inspect(id, signal),
    watch: (signal) => watching.watch(signal),
  }
}
