import { tampering, type Frames } from './frames.js'
import type { PlantedBug } from './planted-bug.js'

/** Says so before the first thing that it says after the welcome. */
function hasty(): Frames {
  return {
    up(message) {
      if (message.sessionToken === undefined || message.sequence === undefined) return [message]
      const later = { ...message, sequence: message.sequence + 1 }
      return message.sequence > 1 ? [later] : [{ type: 'synced', position: { incarnation: 0, seq: 0 }, sessionToken: message.sessionToken, sequence: 1 }, later]
    },
  }
}

export const syncedTooEarly: PlantedBug = {
  does: 'a node says that all its states are told before it has told one',
  caughtBy: 'Ready implies resynced',
  seed: 8,
  parts: { agent: (usual) => ({ ...usual, transport: tampering(usual.transport, hasty) }) },
}
