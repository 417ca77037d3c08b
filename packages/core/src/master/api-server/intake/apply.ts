import type { Artifact } from '../../../model/index.js'
import type { ArtifactRecord } from '../../../model/records/index.js'
import type { ApplyResult, Caller, ManifestFile, Mutation } from '../../../spi/index.js'
import { canonicalJson, type Stored } from '../../../store/index.js'
import type { MasterContext } from '../../context.js'
import { contextOf } from '../../request-trail.js'
import { tables } from '../../tables.js'
import { idOf } from './artifact-id.js'
import { checkReferences } from './check-references.js'
import { artifactFinder } from './find-artifact.js'
import { refuseTooLarge } from './node-limits.js'
import { parseManifest } from './parse-manifest.js'
import { withoutEffect } from './without-effect.js'

/** Validates all documents and commits them as one. A Scenario is written even when unchanged: a new apply is a new run. */
export async function applyManifest(context: MasterContext, caller: Caller, files: readonly ManifestFile[], signal: AbortSignal): Promise<ApplyResult> {
  const { store, log, trail } = context
  const { artifacts, warnings } = parseManifest(files)
  const { result, revision } = await store.update<Pick<ApplyResult, 'artifacts' | 'warnings'>>(async (reader) => {
    const before = new Map<string, Stored<ArtifactRecord> | undefined>()
    for (const { artifact } of artifacts) before.set(idOf(artifact), await tables.artifacts.get(reader, idOf(artifact)))
    const find = artifactFinder(artifacts, reader)
    await checkReferences(artifacts, find)
    refuseTooLarge(artifacts, store.capabilities)
    const changes = artifacts.map(({ artifact }) => ({ artifact, ...changeOf(artifact, before.get(idOf(artifact))) }))
    const mutations = changes.flatMap(({ mutations: written }) => written)
    const subject = changes.map(({ artifact }) => idOf(artifact)).join(' ').slice(0, 500)
    mutations.push(log.audit({ caller, operation: 'apply', subject, outcome: 'done' }))
    // Before the commit: whoever sees it acts on it at once.
    for (const { artifact } of artifacts) trail.note(tables.artifacts.key(idOf(artifact)), contextOf(caller))
    const told = changes.map(({ artifact, change }) => ({ kind: artifact.kind, name: artifact.metadata.name, change }))
    return { mutations, result: { artifacts: told, warnings: [...(await withoutEffect(artifacts, find)), ...staleScenarios(told)] } }
  }, { signal })
  return { revision: revision ?? 0n, artifacts: result.artifacts, warnings: [...warnings, ...result.warnings] }
}

function changeOf(artifact: Artifact, before: Stored<ArtifactRecord> | undefined): { readonly change: 'created' | 'updated' | 'unchanged'; readonly mutations: readonly Mutation[] } {
  const put = tables.artifacts.put(idOf(artifact), artifact)
  if (before === undefined) return { change: 'created', mutations: [put] }
  const same = canonicalJson(before.value) === canonicalJson(artifact)
  if (same && artifact.kind !== 'Scenario') return { change: 'unchanged', mutations: [] }
  return { change: same ? 'unchanged' : 'updated', mutations: same ? [put] : [put, keepHistory(before)] }
}

/** What is replaced or deleted stays readable for deployments that stand on it. */
export function keepHistory(before: Stored<ArtifactRecord>): Mutation {
  return tables.history.put(`${before.id}/${String(before.revision)}`, before.value)
}

/** A changed Package or Model takes effect with the next run of its Scenario: say so when that is not part of the apply. */
function staleScenarios(changes: ApplyResult['artifacts']): readonly string[] {
  if (changes.some(({ kind }) => kind === 'Scenario')) return []
  const changed = changes.filter(({ kind, change }) => (kind === 'Package' || kind === 'Model' || kind === 'Volume') && change === 'updated')
  return changed.map(({ kind, name }) => `${kind} "${name}" has changed, but what runs stays as it is until a Scenario of its Package is applied again.`)
}
