import type { Artifact, ArtifactKind, Package } from '../../../model/index.js'

/** A place in a document that names another one. */
export interface Reference {
  readonly path: readonly PropertyKey[]
  readonly kind: ArtifactKind
  readonly name: string
}

/** Every other document that this one stands on. */
export function referencesOf(artifact: Artifact): readonly Reference[] {
  switch (artifact.kind) {
    case 'Scenario':
      return [{ path: ['spec', 'target'], kind: 'Package', name: artifact.spec.target }]
    case 'Package':
      return [...packageReferences(artifact), ...artifact.spec.models.flatMap(modelReferences)]
    case 'Model':
    case 'Volume':
    case 'Network':
    case 'Policy':
    case 'Schedule':
    case 'Config': // whom it selects may come later
    case 'Node':
      return []
  }
}

function packageReferences({ spec: { policy, schedule } }: Package): readonly Reference[] {
  return [
    ...(policy == null ? [] : [{ path: ['spec', 'policy'], kind: 'Policy' as const, name: policy }]),
    ...(schedule == null ? [] : [{ path: ['spec', 'schedule'], kind: 'Schedule' as const, name: schedule }]),
  ]
}

function modelReferences({ name, resources }: Package['spec']['models'][number], index: number): readonly Reference[] {
  const path = ['spec', 'models', index]
  return [
    { path: [...path, 'name'], kind: 'Model', name },
    ...(resources?.volume == null ? [] : [{ path: [...path, 'resources', 'volume'], kind: 'Volume' as const, name: resources.volume }]),
    ...(resources?.network == null ? [] : [{ path: [...path, 'resources', 'network'], kind: 'Network' as const, name: resources.network }]),
  ]
}
