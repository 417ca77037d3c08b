import type { PlantedBug } from './planted-bug.js'
import { changedRecord, tamperedStore } from './store-values.js'

const withoutStanding = (key: string, value: Uint8Array): Uint8Array =>
  (key.startsWith('nodes/') ? changedRecord(value, ({ standing: _, ...record }) => record) : value)

export const masterOverlooksStandings: PlantedBug = {
  does: 'a master does not see in the store that a node was put into quarantine',
  caughtBy: 'outcasts have no session',
  seed: 2,
  parts: { master: (usual) => ({ ...usual, store: tamperedStore(usual.store, { read: withoutStanding }) }) },
}
