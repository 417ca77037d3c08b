import type { DeploymentRecord } from '../../model/records/index.js'
import type { Store } from '../../store/index.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import { entriesBelow } from './entries-below.js'
import type { RetentionRules } from './rules.js'

export interface HistoryOptions {
  readonly rules: Pick<RetentionRules, 'historyPerArtifact' | 'historyOfDeleted'>
  /** What was replaced later is left to the next time: somebody may be about to launch it still. */
  readonly upTo: bigint
  readonly signal: AbortSignal
}

interface Version {
  readonly key: string
  readonly revision: bigint
}

/**
 * Keys of past versions of artifacts that are more than enough. Never one that a deployment stands on or could go back to.
 */
export async function* overdueHistory(store: Store, views: Pick<Views, 'artifacts' | 'deployments'>, { rules, upTo, signal }: HistoryOptions): AsyncIterable<string> {
  const standing = new Set([...views.deployments.entries.values()].flatMap(({ value }) => versionsUnder(value)))
  const ofDeleted = newest(rules.historyOfDeleted)
  let artifact: string | undefined
  let ofArtifact = newest(rules.historyPerArtifact)
  for await (const { key, createRevision } of entriesBelow(store, tables.history.prefix, { signal })) {
    if (createRevision > upTo || standing.has(key)) continue
    const slash = key.lastIndexOf('/')
    const id = tables.history.id(key.slice(0, slash))
    if (id !== artifact) {
      yield* settle(artifact, ofArtifact.kept)
      artifact = id
      ofArtifact = newest(rules.historyPerArtifact)
    }
    yield* ofArtifact.add({ key, revision: BigInt(key.slice(slash + 1)) })
  }
  yield* settle(artifact, ofArtifact.kept)

  /** The versions of what is no longer there share one allowance, or names that come and go would fill the store. */
  function* settle(id: string | undefined, versions: readonly Version[]): Iterable<string> {
    if (id === undefined || views.artifacts.entries.has(id)) return
    for (const version of versions) yield* ofDeleted.add(version)
  }
}

function versionsUnder({ package: owner, sources, previous }: DeploymentRecord): readonly string[] {
  return [sources, ...(previous === undefined ? [] : [previous])].flatMap((version) => [
    historyKey('Package', owner, version.package),
    ...Object.entries(version.models).map(([name, revision]) => historyKey('Model', name, revision)),
    ...Object.entries(version.volumes).map(([name, revision]) => historyKey('Volume', name, revision)),
  ])
}

function historyKey(kind: string, name: string, revision: bigint): string {
  return tables.history.key(`${kind}/${name}/${String(revision)}`)
}

/** Keeps the newest so many; `add` answers the key that has to go for it. */
function newest(most: number): { readonly kept: readonly Version[]; add(version: Version): Iterable<string> } {
  const kept: Version[] = []
  return {
    kept,
    add(version) {
      const at = kept.findIndex(({ revision }) => revision < version.revision)
      kept.splice(at < 0 ? kept.length : at, 0, version)
      return kept.length > most ? kept.splice(most).map(({ key }) => key) : []
    },
  }
}
