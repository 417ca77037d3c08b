import { configSchema, type Config } from './config.js'
import { modelSchema, type Model } from './model.js'
import { networkSchema, type Network } from './network.js'
import { nodeSchema, type Node } from './node.js'
import { packageSchema, type Package } from './package.js'
import { policySchema, type Policy } from './policy.js'
import { scenarioSchema, type Scenario } from './scenario.js'
import { scheduleSchema, type Schedule } from './schedule.js'
import { volumeSchema, type Volume } from './volume.js'

/** Every kind of artifact, in the order in which people read them. */
export const artifactSchemas = {
  Scenario: scenarioSchema,
  Package: packageSchema,
  Model: modelSchema,
  Volume: volumeSchema,
  Network: networkSchema,
  Policy: policySchema,
  Schedule: scheduleSchema,
  Config: configSchema,
  Node: nodeSchema,
} as const

export type ArtifactKind = keyof typeof artifactSchemas
export type Artifact = Scenario | Package | Model | Volume | Network | Policy | Schedule | Config | Node

export const artifactKinds = Object.keys(artifactSchemas) as readonly ArtifactKind[] // Object.keys forgets its key type

export function isArtifactKind(kind: string): kind is ArtifactKind {
  return Object.hasOwn(artifactSchemas, kind)
}
