import { commitWithoutPreconditions } from './commit-without-preconditions.js'
import { diskAcknowledgesBeforeSync } from './disk-acknowledges-before-sync.js'
import { goneTooEarly } from './gone-too-early.js'
import { masterOverlooksStandings } from './master-overlooks-standings.js'
import type { PlantedBug } from './planted-bug.js'
import { removalsGetLost } from './removals-get-lost.js'
import { runtimeForgetsToStop } from './runtime-forgets-to-stop.js'
import { stopsWhatRunsWhenTheMasterIsAway } from './stops-what-runs-when-the-master-is-away.js'
import { storeDropsWhatItAcknowledges } from './store-drops-what-it-acknowledges.js'
import { storeMixesUpKeys } from './store-mixes-up-keys.js'
import { syncedTooEarly } from './synced-too-early.js'
import { watchMissesExits } from './watch-misses-exits.js'
import { watchSkipsACommit } from './watch-skips-a-commit.js'

export const plantedBugs: readonly PlantedBug[] = [
  diskAcknowledgesBeforeSync, storeDropsWhatItAcknowledges, runtimeForgetsToStop, watchMissesExits, removalsGetLost,
  syncedTooEarly, goneTooEarly, commitWithoutPreconditions, watchSkipsACommit, stopsWhatRunsWhenTheMasterIsAway,
  masterOverlooksStandings, storeMixesUpKeys,
]
