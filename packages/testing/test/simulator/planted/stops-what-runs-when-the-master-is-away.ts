import type { ContainerRuntime, Transport } from '@piccolo/core/spi'
import type { PlantedBug } from './planted-bug.js'

const never = new AbortController().signal

/** Ends whatever runs here. */
async function stopAll(runtime: ContainerRuntime): Promise<void> {
  const states = await runtime.list(never).catch(() => [])
  await Promise.all(states.map(({ id }) => runtime.stop(id, { graceMs: 1_000 }, never).catch(() => undefined)))
}

/** A transport that calls `failed` when the master can't be reached. */
function telling(transport: Transport, failed: () => Promise<void>): Transport {
  return {
    capabilities: transport.capabilities,
    listen: (tls, handlers, signal) => transport.listen(tls, handlers, signal),
    enroll: (address, request, tls, signal) => transport.enroll(address, request, tls, signal),
    renew: (address, request, tls, signal) => transport.renew(address, request, tls, signal),
    close: () => transport.close(),
    async connect(address, tls, signal) {
      try {
        return await transport.connect(address, tls, signal)
      } catch (error) {
        void failed()
        throw error
      }
    },
  }
}

export const stopsWhatRunsWhenTheMasterIsAway: PlantedBug = {
  does: 'a node that can not reach its master stops what runs',
  caughtBy: 'nothing stops merely because the master is away',
  seed: 2,
  parts: {
    agent(usual) {
      let runtime: ContainerRuntime | undefined
      return {
        ...usual,
        runtime: (context) => (runtime = usual.runtime(context)),
        transport: (context) => telling(usual.transport(context), async () => (runtime === undefined ? undefined : stopAll(runtime))),
      }
    },
  },
}
