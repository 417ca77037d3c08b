import type { Invariant } from '../invariant.js'
import { acknowledgedSurvives } from './acknowledged-survives.js'
import { eventsOnceAndInOrder } from './events-once-and-in-order.js'
import { heldGenerationNeverGoesBack } from './held-generation.js'
import { nothingFailsUnexpectedly } from './nothing-fails-unexpectedly.js'
import { nothingStopsWithoutItsMaster } from './nothing-stops-without-its-master.js'
import { oneHolder } from './one-holder.js'
import { oneIdentityPerKey } from './one-identity-per-key.js'
import { outcastsHaveNoSession } from './outcasts-have-no-session.js'
import { quietAtRest } from './quiet-at-rest.js'
import { readyImpliesResynced } from './ready-implies-resynced.js'
import { whatRunsWasPublished } from './what-runs-was-published.js'

/** What must hold while faults rage, and afterwards. */
export const allInvariants: readonly Invariant[] = [
  heldGenerationNeverGoesBack, acknowledgedSurvives, whatRunsWasPublished, nothingStopsWithoutItsMaster, eventsOnceAndInOrder, readyImpliesResynced, oneHolder,
  nothingFailsUnexpectedly, quietAtRest, outcastsHaveNoSession, oneIdentityPerKey,
]
