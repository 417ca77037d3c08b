import { modelSchema, type Model } from './model.js'
import { nodeSchema, type Node } from './node.js'
import { packageSchema, type Package } from './package.js'
import { scenarioSchema, type Scenario } from './scenario.js'
import { volumeSchema, type Volume } from './volume.js'

/** Every kind of artifact, in the order in which people read them. */
export const artifactSchemas = {
  Scenario: scenarioSchema,
  Package: packageSchema,
  Model: modelSchema,
  Volume: volumeSchema,
  Node: nodeSchema,
} as const

export type ArtifactKind = keyof typeof artifactSchemas
export type Artifact = Scenario | Package | Model | Volume | Node

export const artifactKinds = Object.keys(artifactSchemas) as readonly ArtifactKind[] // Object.keys forgets its key type

export function isArtifactKind(kind: string): kind is ArtifactKind {
  return Object.hasOwn(artifactSchemas, kind)
}
