import type { ArtifactKind, Package } from '../../../model/index.js'
import type { FindArtifact } from './find-artifact.js'
import type { ParsedArtifact } from './parse-manifest.js'
import { placed } from './problem.js'

/** Kinds that are checked, kept and shown, and change nothing on a node so far. */
const keptOnly: ReadonlySet<ArtifactKind> = new Set(['Network', 'Policy', 'Schedule', 'Config'])

/** What a person might believe to have an effect, and has none, each with its place. */
export async function withoutEffect(parsed: readonly ParsedArtifact[], find: FindArtifact): Promise<readonly string[]> {
  const warnings: string[] = []
  for (const { artifact, problemAt } of parsed) {
    if (keptOnly.has(artifact.kind)) warnings.push(placed(problemAt(['kind'], `a ${artifact.kind} is kept and shown, but has no effect on nodes yet`)))
    if (artifact.kind === 'Package') warnings.push(...(await outsidePolicy(artifact, problemAt, find)))
  }
  return warnings
}

async function outsidePolicy({ spec: { policy: name, models } }: Package, problemAt: ParsedArtifact['problemAt'], find: FindArtifact): Promise<readonly string[]> {
  if (name == null) return []
  const policy = (await find('Policy', name))?.artifact
  const available = policy?.kind === 'Policy' ? policy.spec.placement?.availableNodes : undefined
  if (available == null) return []
  return models.flatMap(({ node }, index) =>
    available.includes(node) ? [] : [placed(problemAt(['spec', 'models', index, 'node'], `Policy "${name}" makes only ${available.join(', ') || 'no node'} available; the model is placed on "${node}" all the same`))])
}
