import type { PackageState, PackageView } from '../../spi/index.js'
import type { WorkloadStateName } from '../../protocol/index.js'
import type { Views } from '../views.js'
import { statusOf } from './node-status.js'
import { appliedPackage } from '../applied-artifact.js'

export interface DeploymentViewOptions {
  /** `<package>/<model>` → why it has no place yet. */
  readonly unplaced: ReadonlyMap<string, string>
  readonly derivePackageState: (models: readonly WorkloadStateName[]) => PackageState
}

/** Every Package there is; one that nobody launched has no models to show and is idle. */
export function packageViews(views: Views, options: DeploymentViewOptions): readonly PackageView[] {
  return [...views.artifacts.under('Package').values()].map(({ value }) => {
    const owner = appliedPackage(value)
    const deployment = views.deployments.entries.get(owner.metadata.name)?.value
    const models = deployment === undefined ? [] : owner.spec.models.map(({ name, node }) => modelView(owner.metadata.name, { name, node }, views, options))
    const launchedBy = deployment?.launchedBy.at(-1)
    return {
      name: owner.metadata.name,
      state: options.derivePackageState(models.map(({ state }) => state)),
      models,
      ...(launchedBy !== undefined && { launchedBy }),
    }
  })
}

function modelView(owner: string, { name, node }: { readonly name: string; readonly node: string }, views: Views, { unplaced }: DeploymentViewOptions) {
  const reported = views.states.entries.get(`${node}/workload/${name}`)?.value
  const status = reported === undefined ? undefined : statusOf(reported)
  const reason = unplaced.get(`${owner}/${name}`) ?? status?.reason
  return { name, node, state: status?.state ?? ('pending' as const), ...(reason !== undefined && { reason }) }
}
