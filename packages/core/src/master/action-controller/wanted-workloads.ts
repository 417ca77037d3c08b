import { PiccoloError } from '../../errors/index.js'
import type { DeploymentRecord } from '../../model/records/index.js'
import { canonicalJson, type Stored } from '../../store/index.js'
import type { MasterContext } from '../context.js'
import type { Views } from '../views.js'
import type { WantedWorkload } from './plan.js'
import { resolveWorkload } from './resolve-workload.js'
import { artifactsOf } from './sources.js'

export interface Wanted {
  /** What was resolved, as it was then. */
  readonly deployments: ReadonlyMap<string, Stored<DeploymentRecord>>
  readonly workloads: readonly WantedWorkload[]
  /** Digest → bytes that the node is to get. */
  readonly contents: ReadonlyMap<string, Uint8Array>
  /** Packages whose artifacts can't be read. */
  readonly frozen: ReadonlySet<string>
  /** `<package>/<model>` → why it can't be resolved. */
  readonly failed: ReadonlyMap<string, string>
}

interface ResolvedWorkload extends WantedWorkload {
  readonly bytes: Uint8Array
}

/**
 * Resolves every deployment to workloads, in the order of their launch, which is the order in which they claim names. A deployment
 * stands on artifacts at their revisions, so what it resolves to stays the same until it is written anew: it is worked out once.
 */
export function workloadResolver(views: Pick<Views, 'artifacts' | 'deployments'>, context: Pick<MasterContext, 'store' | 'digest'>): () => Promise<Wanted> {
  let known = new Map<string, { readonly revision: bigint; readonly workloads: readonly ResolvedWorkload[] }>()

  const resolved = async ({ id, revision, value }: Stored<DeploymentRecord>): Promise<readonly ResolvedWorkload[]> => {
    const before = known.get(id)
    if (before?.revision === revision) return before.workloads
    const workloads = await resolve(value, views, context)
    known.set(id, { revision, workloads })
    return workloads
  }

  return async () => {
    const workloads: ResolvedWorkload[] = []
    const failed = new Map<string, string>()
    const frozen = new Set<string>()
    const deployments = new Map(views.deployments.entries)
    for (const deployment of [...deployments.values()].sort((a, b) => (a.createRevision < b.createRevision ? -1 : 1))) {
      try {
        workloads.push(...(await resolved(deployment)))
      } catch (error) {
        if (!PiccoloError.is(error, 'not-found') && !PiccoloError.is(error, 'corrupt')) throw error
        frozen.add(deployment.id)
        for (const name of Object.keys(deployment.value.sources.models)) failed.set(`${deployment.id}/${name}`, error.message)
      }
    }
    known = new Map([...known].filter(([id]) => views.deployments.entries.has(id)))
    return { deployments, workloads, contents: new Map(workloads.map(({ digest, bytes }) => [digest, bytes])), frozen, failed }
  }
}

async function resolve(deployment: DeploymentRecord, { artifacts }: Pick<Views, 'artifacts'>, context: Pick<MasterContext, 'store' | 'digest'>): Promise<readonly ResolvedWorkload[]> {
  const sources = await artifactsOf(deployment, artifacts.entries, context)
  return sources.package.spec.models.flatMap(({ name, node, resources }) => {
    const model = sources.models.get(name)
    if (model === undefined) return []
    const volume = resources?.volume == null ? undefined : sources.volumes.get(resources.volume)
    const content = resolveWorkload({ package: sources.package, model, scenario: deployment.scenario, ...(volume !== undefined && { volume }) })
    const bytes = new TextEncoder().encode(canonicalJson(content))
    return [{ package: deployment.package, model: name, node, digest: context.digest.sha256(bytes), bytes }]
  })
}
