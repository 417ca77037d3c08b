import { digestOfSet } from '../../protocol/index.js'
import type { AssignmentItem, AssignmentRecord, DeploymentRecord } from '../../model/records/index.js'
import type { Digest, Mutation, Precondition } from '../../spi/index.js'
import type { Stored, Table } from '../../store/index.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import type { Plan } from './plan.js'

export interface PlanCommit {
  readonly preconditions: readonly Precondition[]
  readonly mutations: readonly Mutation[]
}

/** In one commit; the rest is for the next. */
const mostReleasesEnded = 16

type Sets = ReadonlyMap<string, ReadonlyMap<string, AssignmentItem>>
type Assignments = ReadonlyMap<string, Stored<AssignmentRecord>>

/** The items of every node that has a set, by node and key. */
export function setsOf(assignments: Assignments): Sets {
  const sets = new Map<string, Map<string, AssignmentItem>>()
  for (const [id, { value }] of assignments) {
    const slash = id.indexOf('/')
    if (slash < 0) sets.set(id, sets.get(id) ?? new Map<string, AssignmentItem>())
    else {
      const node = id.slice(0, slash)
      const items = sets.get(node) ?? new Map<string, AssignmentItem>()
      items.set(id.slice(slash + 1), value)
      sets.set(node, items)
    }
  }
  return sets
}

export interface CommitParts {
  readonly views: Views
  /** What the plan was made of. */
  readonly assigned: Sets
  readonly deployments: ReadonlyMap<string, Stored<DeploymentRecord>>
  readonly contents: ReadonlyMap<string, Uint8Array>
  readonly digest: Digest
}

/**
 * The part of a plan that concerns these nodes as one commit: items, heads, contents, releases. Every head it rewrites, and
 * whatever else the decision stood on, is a precondition: if it changed meanwhile the commit is lost and the plan is made anew.
 */
export function planCommit(plan: Plan, nodes: readonly string[], { views, assigned: before, deployments, contents, digest }: CommitParts): PlanCommit {
  const changes = nodes.flatMap((node): SetChange[] => {
    const items = plan.sets.get(node)
    return items === undefined ? [] : [{ node, items, old: before.get(node) ?? new Map<string, AssignmentItem>() }]
  })
  const releases = releaseMutations(plan, changes, views)
  return {
    preconditions: [
      ...changes.map(({ node }) => asSeen(views.assignments.entries, tables.assignments, node)),
      ...deploymentsAsSeen(changes, deployments), ...nodesAsSeen(plan, nodes, views), ...releasesAsSeen(changes, releases, views),
    ],
    mutations: [...changes.flatMap((change) => itemMutations(change, digest)), ...contentMutations(changes, before, contents), ...releases],
  }
}

interface SetChange {
  readonly node: string
  readonly items: ReadonlyMap<string, AssignmentItem>
  readonly old: ReadonlyMap<string, AssignmentItem>
}

function itemMutations({ node, items, old }: SetChange, digest: Digest): readonly Mutation[] {
  const head = tables.assignments.put(node, { digest: digestOfSet(entriesOf(items), digest.sha256), count: items.size })
  const upserts = [...items].filter(([key, item]) => old.get(key)?.digest !== item.digest).map(([key, item]) => tables.assignments.put(`${node}/${key}`, item))
  const removals = [...old.keys()].filter((key) => !items.has(key)).map((key) => tables.assignments.delete(`${node}/${key}`))
  return [head, ...upserts, ...removals]
}

/** Per node whose set changes: the Packages of what comes, changes or goes. */
export function packagesConcerned({ sets }: Plan, before: Sets): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...sets].map(([node, items]) => {
    const old = before.get(node) ?? new Map<string, AssignmentItem>()
    const changed = [...new Set([...items.keys(), ...old.keys()])].filter((key) => items.get(key)?.digest !== old.get(key)?.digest)
    return [node, new Set(changed.flatMap((key) => items.get(key)?.package ?? old.get(key)?.package ?? []))]
  }))
}

/** The deployments whose workloads come, stay or go there, and that those which are gone are still gone. */
function deploymentsAsSeen(changes: readonly SetChange[], deployments: CommitParts['deployments']): readonly Precondition[] {
  const packages = new Set(changes.flatMap(({ items, old }) => [...items.values(), ...old.values()].flatMap((item) => item.package ?? [])))
  return [...packages].map((name) => asSeen(deployments, tables.deployments, name))
}

/** Who gets something new was found fit for it. */
function nodesAsSeen({ placedOn }: Plan, nodes: readonly string[], views: Views): readonly Precondition[] {
  return nodes.filter((node) => placedOn.has(node)).flatMap((node) => [asSeen(views.nodes.entries, tables.nodes, node), asSeen(views.liveness.entries, tables.liveness, node)])
}

/** That nobody else may still run what comes there: the views of sets and of releases are not of one revision. */
function releasesAsSeen(changes: readonly SetChange[], mutations: readonly Mutation[], { releases }: Views): readonly Precondition[] {
  const coming = changes.flatMap(({ items, old }) => [...items.keys()].filter((key) => key.startsWith('workload/') && !old.has(key)).map((key) => key.slice('workload/'.length)))
  const written = mutations.map(({ key }) => tables.releases.id(key))
  return [...new Set([...coming, ...written])].map((workload) => asSeen(releases.entries, tables.releases, workload))
}

function asSeen<Value>(entries: ReadonlyMap<string, Stored<Value>>, table: Table<Value>, id: string): Precondition {
  const stored = entries.get(id)
  return stored === undefined ? table.absent(id) : table.unchanged(stored)
}

/** Content comes with the first item that needs it and goes with the last. */
function contentMutations(changes: readonly SetChange[], before: Sets, contents: ReadonlyMap<string, Uint8Array>): readonly Mutation[] {
  if (changes.length === 0) return []
  const after = new Map([...before, ...changes.map(({ node, items }) => [node, items] as const)])
  const usedBefore = digestsOf(before.values())
  const usedAfter = digestsOf(after.values())
  const puts = [...usedAfter].filter((used) => !usedBefore.has(used)).flatMap((used): Mutation[] => {
    const bytes = contents.get(used)
    return bytes === undefined ? [] : [tables.contents.put(used, bytes)]
  })
  return [...puts, ...[...usedBefore].filter((used) => !usedAfter.has(used)).map((used) => tables.contents.delete(used))]
}

/** What is taken away is noted in the same commit, under its revision, even if an earlier leave of the same node is noted still. */
function releaseMutations(plan: Plan, changes: readonly SetChange[], { releases }: Views): readonly Mutation[] {
  const leaving = changes.flatMap(({ node, items, old }) =>
    [...plan.releasing].filter(([workload, from]) => from === node && old.has(`workload/${workload}`) && !items.has(`workload/${workload}`)))
  const over = [...releases.entries.keys()].filter((workload) => !plan.releasing.has(workload)).slice(0, mostReleasesEnded)
  return [...leaving.map(([workload, node]) => tables.releases.put(workload, { node })), ...over.map((workload) => tables.releases.delete(workload))]
}

function digestsOf(sets: Iterable<ReadonlyMap<string, AssignmentItem>>): ReadonlySet<string> {
  return new Set([...sets].flatMap((items) => [...items.values()].map((item) => item.digest)))
}

function entriesOf(items: ReadonlyMap<string, AssignmentItem>): readonly { readonly key: string; readonly digest: string }[] {
  return [...items].map(([key, item]) => ({ key, digest: item.digest }))
}
