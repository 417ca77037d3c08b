import { digestOfSet } from '../../protocol/index.js'
import type { AssignmentItem, AssignmentRecord } from '../../model/records/index.js'
import type { Mutation, Precondition } from '../../spi/index.js'
import type { Stored } from '../../store/index.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import type { Plan } from './plan.js'

export interface PlanCommit {
  readonly preconditions: readonly Precondition[]
  readonly mutations: readonly Mutation[]
}

type Assignments = ReadonlyMap<string, Stored<AssignmentRecord>>

/** The items of every node that has a set, by node and key. */
export function setsOf(assignments: Assignments): ReadonlyMap<string, ReadonlyMap<string, AssignmentItem>> {
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

/**
 * A plan as one commit: items, heads, contents, releases. Every head it rewrites, and whatever else the decision stood on, is a
 * precondition: if it changed meanwhile the commit is lost and the plan is made anew.
 */
export function planCommit(plan: Plan, views: Views, contents: ReadonlyMap<string, Uint8Array>, { digest }: Pick<MasterContext, 'digest'>): PlanCommit {
  const { assignments } = views
  const before = setsOf(assignments.entries)
  const preconditions: Precondition[] = []
  const mutations: Mutation[] = []
  const usedBefore = digestsOf(before.values())
  const usedAfter = digestsOf([...before].map(([node, items]) => plan.sets.get(node) ?? items).concat([...plan.sets.values()]))

  for (const [node, items] of plan.sets) {
    const head = assignments.entries.get(node)
    preconditions.push(head === undefined ? tables.assignments.absent(node) : tables.assignments.unchanged(head))
    mutations.push(tables.assignments.put(node, { digest: digestOfSet(entriesOf(items), digest.sha256), count: items.size }))
    const old = before.get(node) ?? new Map<string, AssignmentItem>()
    for (const [key, item] of items) if (old.get(key)?.digest !== item.digest) mutations.push(tables.assignments.put(`${node}/${key}`, item))
    for (const key of old.keys()) if (!items.has(key)) mutations.push(tables.assignments.delete(`${node}/${key}`))
  }
  if (plan.sets.size > 0) {
    for (const deployment of views.deployments.entries.values()) preconditions.push(tables.deployments.unchanged(deployment))
  }
  for (const node of plan.placedOn) {
    for (const view of [views.nodes, views.liveness]) {
      const stored = view.entries.get(node)
      if (stored !== undefined) preconditions.push({ key: stored.key, modRevision: stored.revision })
    }
  }
  for (const used of usedAfter) {
    const bytes = contents.get(used)
    if (!usedBefore.has(used) && bytes !== undefined) mutations.push(tables.contents.put(used, bytes))
  }
  for (const used of usedBefore) if (!usedAfter.has(used)) mutations.push(tables.contents.delete(used))
  for (const [workload, node] of plan.releasing) {
    if (views.releases.entries.get(workload)?.value.node !== node) mutations.push(tables.releases.put(workload, { node }))
  }
  for (const workload of views.releases.entries.keys()) if (!plan.releasing.has(workload)) mutations.push(tables.releases.delete(workload))
  return { preconditions, mutations }
}

function digestsOf(sets: Iterable<ReadonlyMap<string, AssignmentItem>>): ReadonlySet<string> {
  return new Set([...sets].flatMap((items) => [...items.values()].map((item) => item.digest)))
}

function entriesOf(items: ReadonlyMap<string, AssignmentItem>): readonly { readonly key: string; readonly digest: string }[] {
  return [...items].map(([key, item]) => ({ key, digest: item.digest }))
}
