import { tampering, type Frames } from './frames.js'
import type { PlantedBug } from './planted-bug.js'

/** Says so before the first thing that it says after the welcome. */
function hasty(): Frames {
  let isSaid = false
  return {
    up(message) {
      if (isSaid || message.sessionToken === undefined) return [message]
      isSaid = true
      return [{ type: 'synced', position: { incarnation: 0, seq: 0 }, sessionToken: message.sessionToken }, message]
    },
  }
}

export const syncedTooEarly: PlantedBug = {
  does: 'a node says that all its states are told before it has told one',
  caughtBy: 'Ready implies resynced',
  seed: 8,
  parts: { agent: (usual) => ({ ...usual, transport: tampering(usual.transport, hasty) }) },
}
