import { resolve } from 'node:path'
import { PiccoloError, throwIfAborted, type ContainerRuntime, type ContainerRuntimeAdapter, type RuntimeContext, type RuntimeEvent, type RuntimeHealth } from '@piccolo/core/spi'
import { readBootId } from './board/boot-id.js'
import { findControlGroups, type ControlGroups } from './board/control-groups.js'
import { findTools } from './board/tools.js'
import { ContainerFiles } from './containers/container-files.js'
import { Containers } from './containers/containers.js'
import { remedy } from './containers/limits.js'
import { systemError } from './errors.js'
import { processLogs } from './logs/process-logs.js'
import type { ProcessRuntimeOptions, ProcessRuntimeSettings } from './options.js'
import { ScopeWatch } from './watching/scope-watch.js'

/**
 * Containers as plain processes, for boards without a container engine: each container's command runs as a process group under
 * a small supervisor of its own, which outlives this process and writes down how the command ended. There are no images, no
 * network and no files of its own; a spec that asks for what a process can't have is refused with `unsupported`.
 */
export function processRuntime({ directory, limits = 'ignore-with-warning', logBytes = 4 * 1024 ** 2, cgroupRoot = '/sys/fs/cgroup' }: ProcessRuntimeOptions): ContainerRuntimeAdapter {
  return (context) => createRuntime({ directory: resolve(directory), limits, logBytes, cgroupRoot }, context)
}

interface Opened {
  readonly bootId: string
  readonly containers: Containers
  readonly groups: ControlGroups | undefined
}

function createRuntime(settings: ProcessRuntimeSettings, context: RuntimeContext): ContainerRuntime {
  const files = new ContainerFiles(settings.directory, context.scope)
  const watches = new Set<ScopeWatch>()
  let opened: Opened | undefined
  let lifetime = new AbortController()

  const required = (): Opened => {
    if (opened === undefined) throw new PiccoloError('failed-precondition', 'This runtime is not open; call open first.')
    return opened
  }
  const touched = (id: string): void => {
    for (const watch of watches) watch.touch(id)
  }

  return {
    get capabilities() {
      return { name: 'process', limits: opened?.groups?.enforces ?? { cpu: false, memory: false }, privateNetwork: false }
    },
    logs: {
      async *read(id, options, signal) {
        const { bootId } = required()
        yield* processLogs({ files, bootId, clock: context.clock }).read(id, options, signal)
      },
    },

    async open(signal) {
      throwIfAborted(signal)
      if (opened !== undefined) return
      const { setsid } = findTools()
      try {
        await files.prepare()
      } catch (error) {
        throw systemError(error, `Making ${files.folder}`)
      }
      throwIfAborted(signal)
      const groups = findControlGroups(settings.cgroupRoot)
      lifetime = new AbortController()
      const bootId = readBootId()
      opened = { bootId, groups, containers: new Containers({ context, settings, files, bootId, setsid, groups, touched }) }
    },

    async close() {
      opened = undefined
      lifetime.abort()
    },

    async health(signal) {
      throwIfAborted(signal)
      return await judge(required(), settings)
    },

    create: async (spec, signal) => await required().containers.create(spec, signal),
    start: async (id, signal) => await required().containers.start(id, signal),
    stop: async (id, options, signal) => await required().containers.stop(id, options, signal),
    kill: async (id, signal) => await required().containers.kill(id, signal),
    remove: async (id, signal) => await required().containers.remove(id, signal),
    list: async (signal) => await required().containers.list(signal),
    inspect: async (id, signal) => await required().containers.inspect(id, signal),

    async *watch(signal): AsyncGenerator<RuntimeEvent, void, undefined> {
      throwIfAborted(signal)
      const { containers } = required()
      const either = AbortSignal.any([signal, lifetime.signal])
      const watch = new ScopeWatch({ folder: files.folder, list: () => containers.list(uncut), inspect: (id) => containers.inspect(id, uncut) })
      watches.add(watch)
      try {
        yield* watch.events(either)
      } finally {
        watches.delete(watch)
      }
    },
  }
}

const uncut = new AbortController().signal

async function judge({ containers, groups }: Opened, settings: ProcessRuntimeSettings): Promise<RuntimeHealth> {
  const reasons: string[] = []
  const lacking = (['memory', 'cpu'] as const).filter((limit) => groups?.enforces[limit] !== true)
  if (lacking.length > 0) reasons.push(`Limits of ${lacking.join(' and ')} are not enforced. ${remedy(settings)}.`)
  const unsupervised = await containers.unsupervised()
  if (unsupervised.length > 0) reasons.push(`The supervisor of ${unsupervised.join(', ')} was killed: an end would be seen late and without its exit code. Restart it.`)
  return { ready: true, version: 'process', reasons, ...(groups !== undefined && { cgroupVersion: groups.version }), rootless: process.getuid?.() !== 0 }
}
