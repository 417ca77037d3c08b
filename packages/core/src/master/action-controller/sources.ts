import { PiccoloError } from '../../errors/index.js'
import type { Model, Package, Volume } from '../../model/index.js'
import type { ArtifactRecord, DeploymentRecord, DeploymentSources } from '../../model/records/index.js'
import type { Stored } from '../../store/index.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'
import type { View } from '../views.js'
import { appliedPackage } from '../applied-artifact.js'

type Artifacts = View<ArtifactRecord>['entries']

/** The artifacts a launch of this Package stands on, as they are now. Throws `failed-precondition` naming what is missing. */
export function currentSources(packageName: string, artifacts: Artifacts): DeploymentSources {
  const owner = current('Package', packageName, artifacts)
  const models: Record<string, bigint> = {}
  const volumes: Record<string, bigint> = {}
  for (const { name, resources } of appliedPackage(owner.value).spec.models) {
    models[name] = current('Model', name, artifacts).revision
    if (resources?.volume != null) volumes[resources.volume] = current('Volume', resources.volume, artifacts).revision
  }
  return { package: owner.revision, models, volumes }
}

function current(kind: string, name: string, artifacts: Artifacts): Stored<ArtifactRecord> {
  const stored = artifacts.get(`${kind}/${name}`)
  if (stored === undefined) throw new PiccoloError('failed-precondition', `${kind} "${name}" has not been applied.`)
  return stored
}

export interface DeploymentArtifacts {
  readonly package: Package
  readonly models: ReadonlyMap<string, Model>
  readonly volumes: ReadonlyMap<string, Volume>
}

/** Reads a deployment's artifacts at the revisions it stands on, wherever they are kept by now. Cast: they were validated when applied. */
export async function artifactsOf(deployment: DeploymentRecord, artifacts: Artifacts, { store }: Pick<MasterContext, 'store'>): Promise<DeploymentArtifacts> {
  const at = async (kind: string, name: string, revision: bigint): Promise<unknown> => {
    const now = artifacts.get(`${kind}/${name}`)
    if (now?.revision === revision) return now.value
    const past = await tables.history.get(store, `${kind}/${name}/${String(revision)}`)
    if (past === undefined) throw new PiccoloError('not-found', `${kind} "${name}" at revision ${String(revision)} is no longer kept; apply it and its Scenario again.`)
    return past.value
  }
  const all = async <Artifact>(kind: string, revisions: Readonly<Record<string, bigint>>): Promise<ReadonlyMap<string, Artifact>> =>
    new Map(await Promise.all(Object.entries(revisions).map(async ([name, revision]) => [name, (await at(kind, name, revision)) as Artifact] as const)))
  return {
    package: (await at('Package', deployment.package, deployment.sources.package)) as Package,
    models: await all<Model>('Model', deployment.sources.models),
    volumes: await all<Volume>('Volume', deployment.sources.volumes),
  }
}
