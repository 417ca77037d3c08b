import { PiccoloError } from '../../errors/index.js'
import type { Scenario } from '../../model/index.js'
import type { ArtifactRecord, DeploymentRecord, DeploymentSources } from '../../model/records/index.js'
import type { Mutation } from '../../spi/index.js'
import { canonicalJson, type Stored } from '../../store/index.js'
import { tables } from '../tables.js'
import { currentSources } from './sources.js'

/**
 * What a satisfied Scenario does to its target's deployment; undefined = nothing: launching what runs changes nothing. Throws
 * `failed-precondition` when it can't be done.
 */
export function act({ metadata, spec }: Scenario, { before, artifacts }: { readonly before: DeploymentRecord | undefined; readonly artifacts: ReadonlyMap<string, Stored<ArtifactRecord>> }): Mutation | undefined {
  switch (spec.action) {
    case 'launch':
    case 'update':
      return deploy(currentSources(spec.target, artifacts))
    case 'terminate':
      return before === undefined ? undefined : tables.deployments.delete(spec.target)
    case 'rollback':
      if (before?.previous === undefined) throw new PiccoloError('failed-precondition', `Package "${spec.target}" has no earlier version to go back to.`)
      return deploy(before.previous)
  }

  function deploy(sources: DeploymentSources): Mutation | undefined {
    const changed = before !== undefined && canonicalJson(before.sources) !== canonicalJson(sources)
    if (before !== undefined && !changed && before.launchedBy.includes(metadata.name)) return undefined
    const { scenario = metadata.name, launchedBy = [] } = before ?? {}
    const previous = changed ? before.sources : before?.previous
    return tables.deployments.put(spec.target, {
      package: spec.target,
      scenario,
      launchedBy: [...launchedBy.filter((name) => name !== metadata.name), metadata.name],
      sources,
      ...(previous !== undefined && { previous }),
    })
  }
}
