import { PiccoloError } from '../../errors/index.js'
import { checkCommit, type StoreCapabilities } from '../../spi/index.js'
import { officeKey } from '../../store/index.js'
import type { Plan } from './plan.js'
import type { PlanCommit } from './plan-commit.js'

export interface Fitted {
  readonly commit: PlanCommit
  /** Node → why the store can't take its set; such a node keeps the set it has. */
  readonly tooLarge: ReadonlyMap<string, string>
}

/**
 * The largest part of a plan that one commit of this store can take: whole sets, of one node at least. What is left over is found
 * by the next plan.
 */
export function withinLimits(plan: Plan, capabilities: StoreCapabilities, commitOf: (nodes: readonly string[]) => PlanCommit): Fitted {
  const tooLarge = new Map<string, string>()
  let nodes = [...plan.sets.keys()]
  for (;;) {
    const commit = commitOf(nodes)
    const excess = excessOf(commit, capabilities)
    if (excess === undefined) return { commit, tooLarge }
    const [only] = nodes
    if (nodes.length > 1) nodes = nodes.slice(0, Math.ceil(nodes.length / 2))
    else if (only === undefined) throw excess
    else {
      tooLarge.set(only, excess.message)
      nodes = [...plan.sets.keys()].filter((node) => !tooLarge.has(node))
    }
  }
}

function excessOf({ preconditions, mutations }: PlanCommit, capabilities: StoreCapabilities): PiccoloError | undefined {
  if (mutations.length === 0) return undefined
  try {
    checkCommit({ preconditions: [{ key: officeKey, modRevision: 0n }, ...preconditions], mutations }, capabilities)
    return undefined
  } catch (error) {
    if (PiccoloError.is(error, 'too-large')) return error
    throw error
  }
}
