import type { ContainerRuntime, ContainerRuntimeAdapter, RuntimeEvent } from '@piccolo/core/spi'
import type { PlantedBug } from './planted-bug.js'

/** Tells of everything but the end of a container. */
async function* withoutExits(events: AsyncIterable<RuntimeEvent>): AsyncGenerator<RuntimeEvent> {
  for await (const event of events) if (event.type !== 'changed' || event.container.phase !== 'exited') yield event
}

function missingExits(adapter: ContainerRuntimeAdapter): ContainerRuntimeAdapter {
  return (context) => {
    const runtime = adapter(context)
    const port: ContainerRuntime = { ...runtime, watch: (signal) => withoutExits(runtime.watch(signal)) }
    return port
  }
}

export const watchMissesExits: PlantedBug = {
  does: 'the watch of the container runtime does not tell of containers that end',
  caughtBy: 'everything settles',
  seed: 1,
  parts: { agent: (usual) => ({ ...usual, runtime: missingExits(usual.runtime) }) },
}
