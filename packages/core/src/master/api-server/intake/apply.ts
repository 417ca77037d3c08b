import type { Artifact, Model, Package, Volume } from '../../../model/index.js'
import type { ArtifactRecord } from '../../../model/records/index.js'
import type { ApplyResult, Caller, ManifestFile, Mutation } from '../../../spi/index.js'
import { canonicalJson, type StoreReader, type Stored } from '../../../store/index.js'
import type { MasterContext } from '../../context.js'
import { tables } from '../../tables.js'
import { refuseTooLarge } from './node-limits.js'
import { parseManifest, type ParsedArtifact } from './parse-manifest.js'
import { manifestError, type Problem } from './problem.js'

/** Validates all documents and commits them as one. A Scenario is written even when unchanged: a new apply is a new run. */
export async function applyManifest(context: MasterContext, caller: Caller, files: readonly ManifestFile[], signal: AbortSignal): Promise<ApplyResult> {
  const { store, log } = context
  const { artifacts, warnings } = parseManifest(files)
  const { result, revision } = await store.update<ApplyResult['artifacts']>(async (reader) => {
    const before = new Map<string, Stored<ArtifactRecord> | undefined>()
    for (const { artifact } of artifacts) before.set(idOf(artifact), await tables.artifacts.get(reader, idOf(artifact)))
    await checkReferences(artifacts, reader)
    refuseTooLarge(artifacts, store.capabilities)
    const changes = artifacts.map(({ artifact }) => ({ artifact, ...changeOf(artifact, before.get(idOf(artifact))) }))
    const mutations = changes.flatMap(({ mutations: written }) => written)
    const subject = changes.map(({ artifact }) => idOf(artifact)).join(' ').slice(0, 500)
    mutations.push(log.audit({ caller, operation: 'apply', subject, outcome: 'done' }))
    return { mutations, result: changes.map(({ artifact, change }) => ({ kind: artifact.kind, name: artifact.metadata.name, change })) }
  }, { signal })
  return { revision: revision ?? 0n, artifacts: result, warnings: [...warnings, ...staleScenarios(result)] }
}

export const idOf = (artifact: { readonly kind: string; readonly metadata: { readonly name: string } }): string => `${artifact.kind}/${artifact.metadata.name}`

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

/** Every name that a document refers to must exist, in this apply or before it; what was read becomes a precondition of the commit. */
async function checkReferences(artifacts: readonly ParsedArtifact[], reader: StoreReader): Promise<void> {
  const applied = new Map(artifacts.map(({ artifact }) => [idOf(artifact), artifact]))
  const problems: Problem[] = []
  const find = async (kind: string, name: string): Promise<Artifact | undefined> =>
    applied.get(`${kind}/${name}`) ?? ((await tables.artifacts.get(reader, `${kind}/${name}`))?.value as unknown as Artifact | undefined) // validated when applied
  for (const { artifact, file, line } of artifacts) {
    const missing = (path: string, kind: string, name: string): void => {
      problems.push({ file, line, column: 1, path, message: `expected a ${kind} that is in this apply or was applied before, found "${name}"` })
    }
    if (artifact.kind === 'Scenario' && (await find('Package', artifact.spec.target)) === undefined) missing('spec.target', 'Package', artifact.spec.target)
    if (artifact.kind === 'Package') problems.push(...(await packageProblems(artifact, { find, missing, file, line })))
  }
  if (problems.length > 0) throw manifestError(problems)
}

interface Place {
  readonly find: (kind: string, name: string) => Promise<Artifact | undefined>
  readonly missing: (path: string, kind: string, name: string) => void
  readonly file: string
  readonly line: number
}

async function packageProblems(owner: Package, { find, missing, file, line }: Place): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  const names = new Set<string>()
  for (const [index, { name, resources }] of owner.spec.models.entries()) {
    const path = `spec.models[${String(index)}]`
    if (names.has(name)) problems.push({ file, line, column: 1, path, message: `expected each Model once, found "${name}" again` })
    names.add(name)
    const model = await find('Model', name)
    if (model?.kind !== 'Model') missing(`${path}.name`, 'Model', name)
    const volume = resources?.volume == null ? undefined : await find('Volume', resources.volume)
    if (resources?.volume != null && volume?.kind !== 'Volume') missing(`${path}.resources.volume`, 'Volume', resources.volume)
    if (model?.kind !== 'Model') continue
    for (const mount of undefinedMounts({ model, ...(volume?.kind === 'Volume' && { volume }) })) {
      problems.push({ file, line, column: 1, path, message: `expected a volume named "${mount}" in the Model or its Volume; a container of Model "${name}" mounts it` })
    }
  }
  return problems
}

/** Names of mounts in the pod that neither the Model nor the Volume defines. */
function undefinedMounts({ model, volume }: { readonly model: Model; readonly volume?: Volume }): readonly string[] {
  const defined = new Set((volume?.spec.volumes ?? model.spec.volumes ?? []).map(({ name }) => name))
  const containers = [...(model.spec.initContainers ?? []), ...model.spec.containers]
  return containers.flatMap(({ volumeMounts }) => (volumeMounts ?? []).map(({ name }) => name)).filter((name) => !defined.has(name))
}

/** A changed Package or Model takes effect with the next run of its Scenario: say so when that is not part of the apply. */
function staleScenarios(changes: ApplyResult['artifacts']): readonly string[] {
  if (changes.some(({ kind }) => kind === 'Scenario')) return []
  const changed = changes.filter(({ kind, change }) => (kind === 'Package' || kind === 'Model' || kind === 'Volume') && change === 'updated')
  return changed.map(({ kind, name }) => `${kind} "${name}" has changed, but what runs stays as it is until a Scenario of its Package is applied again.`)
}
