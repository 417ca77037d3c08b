import type { DeploymentRecord } from '../../model/records/index.js'
import type { Mutation, Precondition } from '../../spi/index.js'
import type { Stored } from '../../store/index.js'
import { tables } from '../tables.js'

export interface Loss {
  readonly preconditions: readonly Precondition[]
  readonly mutation: Mutation
  /** Nobody wants the deployment any more. */
  readonly ends: boolean
}

/** In one commit; the rest is for the next. */
const mostForgotten = 16

/** What becomes of a deployment some of whose artifacts were deleted; undefined = it lost none. */
export function lossOf(deployment: Stored<DeploymentRecord>, artifacts: ReadonlyMap<string, unknown>): Loss | undefined {
  const { id, value } = deployment
  const unchanged = tables.deployments.unchanged(deployment)
  if (!artifacts.has(`Package/${value.package}`)) {
    return { preconditions: [tables.artifacts.absent(`Package/${value.package}`), unchanged], mutation: tables.deployments.delete(id), ends: true }
  }
  const gone = value.launchedBy.filter((name) => !artifacts.has(`Scenario/${name}`)).slice(0, mostForgotten)
  if (gone.length === 0) return undefined
  const launchedBy = value.launchedBy.filter((name) => !gone.includes(name))
  const ends = launchedBy.length === 0
  return {
    preconditions: [...gone.map((name) => tables.artifacts.absent(`Scenario/${name}`)), unchanged],
    mutation: ends ? tables.deployments.delete(id) : tables.deployments.put(id, { ...value, launchedBy }),
    ends,
  }
}
