import { PiccoloError } from '../../../errors/index.js'
import type { ArtifactRef, Caller, DeleteResult, ManifestFile } from '../../../spi/index.js'
import type { Stored } from '../../../store/index.js'
import type { ArtifactRecord } from '../../../model/records/index.js'
import type { MasterContext } from '../../context.js'
import { contextOf } from '../../request-trail.js'
import { tables } from '../../tables.js'
import { keepHistory } from './apply.js'
import { idOf } from './artifact-id.js'
import { parseManifest } from './parse-manifest.js'
import { referencesOf } from './references.js'
import { appliedArtifact } from '../../applied-artifact.js'

/** Deletes what the files name, as one commit; what is not there is skipped. */
export async function deleteManifest(context: MasterContext, caller: Caller, files: readonly ManifestFile[], signal: AbortSignal): Promise<DeleteResult> {
  const refs = parseManifest(files).artifacts.map(({ artifact }) => ({ kind: artifact.kind, name: artifact.metadata.name }))
  return deleteArtifacts(context, caller, refs, signal)
}

/** `not-found` when none of them is there, `conflict` when something that stays refers to one of them. */
export async function deleteArtifacts({ store, log, trail }: MasterContext, caller: Caller, refs: readonly ArtifactRef[], signal: AbortSignal): Promise<DeleteResult> {
  const { result, revision } = await store.update<readonly ArtifactRef[]>(async (reader) => {
    const found: Stored<ArtifactRecord>[] = []
    for (const { kind, name } of refs) {
      const stored = await tables.artifacts.get(reader, `${kind}/${name}`)
      if (stored !== undefined) found.push(stored)
    }
    const names = refs.map(({ kind, name }) => `${kind} "${name}"`).join(', ')
    if (found.length === 0) throw new PiccoloError('not-found', `There is no ${names}.`)
    const going = new Set(found.map(({ value }) => idOf(value)))
    const { entries } = await tables.artifacts.list(reader)
    refuseIfUsed(going, entries.filter(({ id }) => !going.has(id)))
    // Before the commit: whoever sees it acts on it at once.
    for (const { key } of found) trail.note(key, contextOf(caller))
    return {
      mutations: [
        ...found.flatMap((stored) => [tables.artifacts.delete(stored.id), keepHistory(stored)]),
        log.audit({ caller, operation: 'delete', subject: [...going].join(' ').slice(0, 500), outcome: 'done' }),
      ],
      result: found.map(({ value }) => ({ kind: value.kind, name: value.metadata.name })),
    }
  }, { signal })
  return { revision: revision ?? 0n, deleted: result }
}

function refuseIfUsed(going: ReadonlySet<string>, staying: readonly Stored<ArtifactRecord>[]): void {
  for (const { id, value } of staying) {
    const used = referencesOf(appliedArtifact(value)).map(({ kind, name }) => `${kind}/${name}`).find((reference) => going.has(reference))
    if (used !== undefined) throw new PiccoloError('conflict', `${used} is used by ${id}; delete that first, or both together.`)
  }
}
