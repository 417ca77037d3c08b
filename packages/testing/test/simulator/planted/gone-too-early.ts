import { tampering } from './frames.js'
import type { PlantedBug } from './planted-bug.js'

export const goneTooEarly: PlantedBug = {
  does: 'a node says that a workload is gone as soon as it begins to remove it',
  caughtBy: 'one holder',
  seed: 1,
  parts: {
    agent: (usual) => ({
      ...usual,
      transport: tampering(usual.transport, () => ({
        up: (message) => [message.type === 'status' ? { ...message, entries: message.entries.map((entry) => (entry.workload?.state === 'removing' ? { key: entry.key, position: entry.position } : entry)) } : message],
      })),
    }),
  },
}
