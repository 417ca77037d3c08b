import type { Artifact, Package, Scenario } from '../model/index.js'
import type { ArtifactRecord } from '../model/records/index.js'

/** A stored artifact in its own type. The one cast: every artifact was validated when it was applied, so its kind tells its shape. */
export function appliedArtifact(record: ArtifactRecord): Artifact {
  return record as unknown as Artifact
}

/** For records under `Scenario/…`. */
export function appliedScenario(record: ArtifactRecord): Scenario {
  return appliedArtifact(record) as Scenario
}

/** For records under `Package/…`. */
export function appliedPackage(record: ArtifactRecord): Package {
  return appliedArtifact(record) as Package
}
