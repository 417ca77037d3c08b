import type { Artifact, ArtifactKind } from '../../../model/index.js'
import type { StoreReader } from '../../../store/index.js'
import { appliedArtifact } from '../../applied-artifact.js'
import { tables } from '../../tables.js'
import { idOf } from './artifact-id.js'
import type { ParsedArtifact } from './parse-manifest.js'

/** With where its own problems are, if it is part of this apply. */
export interface FoundArtifact {
  readonly artifact: Artifact
  readonly problemAt?: ParsedArtifact['problemAt']
}

export type FindArtifact = (kind: ArtifactKind, name: string) => Promise<FoundArtifact | undefined>

/** What will be there once the apply is done; what it reads of the store becomes a precondition of the commit. */
export function artifactFinder(parsed: readonly ParsedArtifact[], reader: StoreReader): FindArtifact {
  const applied = new Map(parsed.map((each) => [idOf(each.artifact), each]))
  return async (kind, name) => {
    const id = `${kind}/${name}`
    const here = applied.get(id)
    if (here !== undefined) return here
    const stored = await tables.artifacts.get(reader, id)
    return stored && { artifact: appliedArtifact(stored.value) }
  }
}
