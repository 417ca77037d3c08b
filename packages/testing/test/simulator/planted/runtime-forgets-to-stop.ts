import type { ContainerRuntime, ContainerRuntimeAdapter } from '@piccolo/core/spi'
import type { PlantedBug } from './planted-bug.js'

/** Says that a container was stopped and removed, and leaves it running unseen. */
function forgettingToStop(adapter: ContainerRuntimeAdapter): ContainerRuntimeAdapter {
  return (context) => {
    const runtime = adapter(context)
    const forgotten = new Set<string>()
    const port: ContainerRuntime = {
      ...runtime,
      stop: async (id) => void forgotten.add(id),
      remove: (id, signal) => (forgotten.has(id) ? Promise.resolve() : runtime.remove(id, signal)),
      list: async (signal) => (await runtime.list(signal)).filter(({ id }) => !forgotten.has(id)),
    }
    return port
  }
}

export const runtimeForgetsToStop: PlantedBug = {
  does: 'the container runtime says that a container is gone and lets it run on',
  caughtBy: 'one holder',
  seed: 1,
  parts: { agent: (usual) => ({ ...usual, runtime: forgettingToStop(usual.runtime) }) },
}
