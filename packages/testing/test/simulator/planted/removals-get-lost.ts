import { tampering } from './frames.js'
import type { PlantedBug } from './planted-bug.js'

export const removalsGetLost: PlantedBug = {
  does: 'what is to be removed gets lost on the way to the node',
  caughtBy: 'everything settles',
  seed: 1,
  parts: {
    agent: (usual) => ({
      ...usual,
      transport: tampering(usual.transport, () => ({ down: (message) => [message.type === 'assign' ? { ...message, delta: { ...message.delta, removals: [] } } : message] })),
    }),
  },
}
