import type { StoreCapabilities } from '../../../spi/index.js'
import type { ParsedArtifact } from './parse-manifest.js'
import { manifestError, type Problem } from './problem.js'

/** The fence of the term, a node's head (read and written), its registration and its liveness. */
const fixedOperations = 5
/** An item and its content. */
const operationsAModel = 2

/**
 * What a node gets changes in one commit of the store, which takes so many operations. Refused here, where somebody is there to read
 * it, rather than never placed.
 */
export function refuseTooLarge(artifacts: readonly ParsedArtifact[], { maxCommitOperations }: Pick<StoreCapabilities, 'maxCommitOperations'>): void {
  const operations = new Map<string, number>()
  const problems: Problem[] = []
  for (const { artifact, problemAt } of artifacts) {
    if (artifact.kind !== 'Package') continue
    for (const node of new Set(artifact.spec.models.map((model) => model.node))) {
      const models = artifact.spec.models.filter((model) => model.node === node).length
      const needed = (operations.get(node) ?? fixedOperations) + 1 + models * operationsAModel
      operations.set(node, needed)
      if (needed <= maxCommitOperations) continue
      const most = Math.floor((maxCommitOperations - fixedOperations - 1) / operationsAModel)
      problems.push(problemAt(['spec', 'models'], `expected at most ${String(most)} models for node "${node}" in one apply, for the store takes ${String(maxCommitOperations)} operations in one commit; split it`))
    }
  }
  if (problems.length > 0) throw manifestError(problems)
}
