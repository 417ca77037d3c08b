import { PiccoloError } from '../../errors/index.js'
import { canonicalJson } from '../../store/index.js'
import type { MasterContext } from '../context.js'
import type { Views } from '../views.js'
import type { WantedWorkload } from './plan.js'
import { resolveWorkload } from './resolve-workload.js'
import { artifactsOf } from './sources.js'

export interface Wanted {
  readonly workloads: readonly WantedWorkload[]
  /** Digest → bytes that the node is to get. */
  readonly contents: ReadonlyMap<string, Uint8Array>
  /** Packages whose artifacts can't be read. */
  readonly frozen: ReadonlySet<string>
  /** `<package>/<model>` → why it can't be resolved. */
  readonly failed: ReadonlyMap<string, string>
}

/** Resolves every deployment to workloads, in the order of their launch, which is the order in which they claim names. */
export async function wantedWorkloads(views: Pick<Views, 'artifacts' | 'deployments'>, context: Pick<MasterContext, 'store' | 'digest'>): Promise<Wanted> {
  const workloads: WantedWorkload[] = []
  const contents = new Map<string, Uint8Array>()
  const failed = new Map<string, string>()
  const frozen = new Set<string>()
  const deployments = [...views.deployments.entries.values()].sort((a, b) => (a.createRevision < b.createRevision ? -1 : 1))
  for (const { value: deployment } of deployments) {
    try {
      const sources = await artifactsOf(deployment, views.artifacts.entries, context)
      for (const { name, node, resources } of sources.package.spec.models) {
        const model = sources.models.get(name)
        if (model === undefined) continue
        const volume = resources?.volume == null ? undefined : sources.volumes.get(resources.volume)
        const content = resolveWorkload({ package: sources.package, model, scenario: deployment.scenario, ...(volume !== undefined && { volume }) })
        const bytes = new TextEncoder().encode(canonicalJson(content))
        const digest = context.digest.sha256(bytes)
        contents.set(digest, bytes)
        workloads.push({ package: deployment.package, model: name, node, digest })
      }
    } catch (error) {
      if (!PiccoloError.is(error, 'not-found') && !PiccoloError.is(error, 'corrupt')) throw error
      frozen.add(deployment.package)
      for (const name of Object.keys(deployment.sources.models)) failed.set(`${deployment.package}/${name}`, error.message)
    }
  }
  return { workloads, contents, frozen, failed }
}
