import type { Fault } from '../fault.js'
import { failingContainer, removedContainer } from './container-trouble.js'
import { fullDisk, slowDisk } from './disk-trouble.js'
import { brokenWatches, failingCalls, lostEngine, slowEngine } from './engine-trouble.js'
import { jumpingClock } from './jumping-clock.js'
import { killedAgent } from './killed-agent.js'
import { killedMaster } from './killed-master.js'
import { lateMessages } from './late-messages.js'
import { lostConnections } from './lost-connections.js'
import { quarantinedNode, revokedNode } from './outcast-node.js'
import { partition } from './partition.js'
import { powerCut } from './power-cut.js'
import { registryTrouble } from './registry-trouble.js'
import { replayedMessages } from './replayed-messages.js'
import { brokenStoreWatches, compaction, lostReplies, slowStore, storeConflicts, storeOutage } from './store-trouble.js'

/** Everything that goes wrong, in an order that a seed can lean on: new ones go to the end. */
export const allFaults: readonly Fault[] = [
  partition, lostConnections, lateMessages, killedAgent, powerCut, killedMaster, storeOutage, lostReplies, storeConflicts, slowStore, compaction, lostEngine,
  failingCalls, slowEngine, brokenWatches, failingContainer, removedContainer, fullDisk, slowDisk, registryTrouble,
  brokenStoreWatches, replayedMessages, jumpingClock, quarantinedNode, revokedNode,
]
