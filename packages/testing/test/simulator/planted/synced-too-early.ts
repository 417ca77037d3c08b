import { tampering } from './frames.js'
import type { PlantedBug } from './planted-bug.js'

export const syncedTooEarly: PlantedBug = {
  does: 'a node says that all its states are told before it has told one',
  caughtBy: 'Ready implies resynced',
  seed: 8,
  parts: {
    agent: (usual) => ({
      ...usual,
      transport: tampering(usual.transport, () => ({ up: (message) => (message.type === 'hello' ? [message, { type: 'synced', position: { incarnation: 0, seq: 0 } }] : [message]) })),
    }),
  },
}
