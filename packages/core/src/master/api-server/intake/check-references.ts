import type { Container, Model, Package } from '../../../model/index.js'
import type { FindArtifact } from './find-artifact.js'
import type { ParsedArtifact } from './parse-manifest.js'
import { manifestError, type Problem } from './problem.js'
import { referencesOf } from './references.js'

/** Every name that a document refers to must exist, in this apply or before it. Throws `invalid-manifest` with every reference that leads nowhere. */
export async function checkReferences(parsed: readonly ParsedArtifact[], find: FindArtifact): Promise<void> {
  const problems: Problem[] = []
  for (const { artifact, problemAt } of parsed) {
    for (const { path, kind, name } of referencesOf(artifact)) {
      if ((await find(kind, name)) === undefined) problems.push(problemAt(path, `expected a ${kind} that is in this apply or was applied before, found "${name}"`))
    }
    if (artifact.kind === 'Package') problems.push(...doubledModels(artifact, problemAt), ...(await undefinedMounts(artifact, problemAt, find)))
  }
  if (problems.length > 0) throw manifestError(problems)
}

type ProblemAt = ParsedArtifact['problemAt']

function doubledModels({ spec }: Package, problemAt: ProblemAt): readonly Problem[] {
  const names = spec.models.map(({ name }) => name)
  return names.flatMap((name, index) => (names.indexOf(name) === index ? [] : [problemAt(['spec', 'models', index, 'name'], `expected each Model once, found "${name}" again`)]))
}

/** What a container mounts must be defined by its Model, or by the Volume that takes the place of the Model's volumes. */
async function undefinedMounts({ spec }: Package, problemAt: ProblemAt, find: FindArtifact): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const [index, { name, resources }] of spec.models.entries()) {
    const model = await find('Model', name)
    const volume = resources?.volume == null ? undefined : await find('Volume', resources.volume)
    // What isn't there at all is told already.
    if (model?.artifact.kind !== 'Model' || (resources?.volume != null && volume === undefined)) continue
    const defined = volume?.artifact.kind === 'Volume' ? volume.artifact.spec.volumes : (model.artifact.spec.volumes ?? [])
    for (const { mount, path } of mountsOf(model.artifact)) {
      if (defined.some((each) => each.name === mount)) continue
      const message = `expected a volume named "${mount}" in the Model or its Volume; a container of Model "${name}" mounts it`
      problems.push(model.problemAt === undefined ? problemAt(['spec', 'models', index, 'name'], message) : model.problemAt(path, message))
    }
  }
  return problems
}

function mountsOf({ spec }: Model): readonly { readonly mount: string; readonly path: readonly PropertyKey[] }[] {
  const within = (list: 'initContainers' | 'containers', containers: readonly Container[]) => containers.flatMap(({ volumeMounts }, container) =>
    (volumeMounts ?? []).map(({ name }, index) => ({ mount: name, path: ['spec', list, container, 'volumeMounts', index, 'name'] })))
  return [...within('initContainers', spec.initContainers ?? []), ...within('containers', spec.containers)]
}
