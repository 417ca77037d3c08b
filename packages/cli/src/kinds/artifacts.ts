import type { ArtifactView } from '@piccolo/core/spi'
import { resourceKind, type ResourceKind } from './resource-kind.js'

const columns = [
  { title: 'KIND', value: ({ kind }: ArtifactView) => kind },
  { title: 'NAME', value: ({ name }: ArtifactView) => name },
  { title: 'REVISION', value: ({ revision }: ArtifactView) => revision.toString() },
] as const

export const artifacts = resourceKind<ArtifactView>({
  plural: 'artifacts',
  singular: 'artifact',
  list: (client, signal) => client.artifacts(undefined, { signal }),
  nameOf: ({ name }) => name,
  columns: () => columns,
})

/** Of one kind that has no view of its own: what was applied. */
export function artifactsOf(kind: string, plural: string): ResourceKind {
  return resourceKind<ArtifactView>({
    plural,
    singular: kind.toLowerCase(),
    list: (client, signal) => client.artifacts(kind, { signal }),
    nameOf: ({ name }) => name,
    columns: () => columns.slice(1),
  })
}
