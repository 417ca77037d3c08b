import type { ArtifactView } from '@piccolo/core/spi'
import { resourceKind } from './resource-kind.js'

export const artifacts = resourceKind<ArtifactView>({
  plural: 'artifacts',
  singular: 'artifact',
  list: (client, signal) => client.artifacts(undefined, { signal }),
  nameOf: ({ name }) => name,
  columns: () => [
    { title: 'KIND', value: ({ kind }) => kind },
    { title: 'NAME', value: ({ name }) => name },
    { title: 'REVISION', value: ({ revision }) => revision.toString() },
  ],
})
