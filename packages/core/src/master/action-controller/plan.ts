import type { AssignmentItem, LivenessRecord, NodeRecord } from '../../model/records/index.js'

/** One workload that some deployment wants, resolved to bytes. */
export interface WantedWorkload {
  readonly package: string
  readonly model: string
  readonly node: string
  readonly digest: string
}

/** Everything a plan depends on. The same input gives the same plan. */
export interface PlanInput {
  /** In the order in which they claim names. */
  readonly wanted: readonly WantedWorkload[]
  readonly nodes: ReadonlyMap<string, { readonly value: NodeRecord }>
  readonly liveness: ReadonlyMap<string, { readonly value: LivenessRecord }>
  /** Per node its items by key; a node without an entry has no set yet. */
  readonly assigned: ReadonlyMap<string, ReadonlyMap<string, AssignmentItem>>
  /** Packages whose artifacts can't be read now: what they have stays as it is. */
  readonly frozen: ReadonlySet<string>
  /** Workload → the node it was taken from, which may still run it. */
  readonly releasing: ReadonlyMap<string, string>
  /** Whether that node has provably stopped the workload. */
  hasLetGo(node: string, workload: string): boolean
}

export interface Plan {
  /** Whole sets of the nodes whose set changes. */
  readonly sets: ReadonlyMap<string, ReadonlyMap<string, AssignmentItem>>
  /** Workload → node, as it is to be recorded from now on. */
  readonly releasing: ReadonlyMap<string, string>
  /** Nodes that get a workload they did not have: their readiness was part of the decision. */
  readonly placedOn: ReadonlySet<string>
  /** `<package>/<model>` → why it has no place yet, for people. */
  readonly unplaced: ReadonlyMap<string, string>
}

const workloadKey = (name: string): string => `workload/${name}`
const nameOf = (key: string): string => key.slice(workloadKey('').length)

/** Decides which node is to have what. A workload has one holder: it is given to another only after the first has let go. */
export function plan(input: PlanInput): Plan {
  const claims = claimNames(input.wanted)
  const unplaced = new Map(claims.refused)
  const sets = new Map([...input.nodes.keys()].map((node) => [node, new Map(keptItems(input.assigned.get(node), input.frozen))]))
  const holders = holdersOf(input)
  const unreadable = frozenNames(input)
  const releasing = new Map([...input.releasing].filter(([workload, node]) => !input.hasLetGo(node, workload)))
  const placedOn = new Set<string>()

  // What a node holds and is to hold no longer must be seen gone before anybody else gets it.
  for (const [workload, node] of holders) if (claims.granted.get(workload)?.node !== node) releasing.set(workload, node)

  for (const [workload, wanted] of claims.granted) {
    const item = { digest: wanted.digest, package: wanted.package }
    const owner = unreadable.get(workload)
    if (owner === undefined && holders.get(workload) === wanted.node) {
      const stays = whatStays(input, wanted)
      sets.get(wanted.node)?.set(workloadKey(workload), stays?.item ?? item)
      if (stays !== undefined) unplaced.set(`${wanted.package}/${wanted.model}`, stays.reason)
      releasing.delete(workload)
      continue
    }
    const reason = owner === undefined ? obstacle(input, wanted, releasing.get(workload)) : nameTaken(workload, owner)
    if (reason !== undefined) {
      unplaced.set(`${wanted.package}/${wanted.model}`, reason)
      continue
    }
    sets.get(wanted.node)?.set(workloadKey(workload), item)
    releasing.delete(workload)
    placedOn.add(wanted.node)
  }
  return { sets: changedSets(sets, input.assigned), releasing, placedOn, unplaced }
}

/** A node whose role runs no workloads any more keeps what it had: nothing new is sent to it. Undefined = it is a worker, or nothing is new. */
function whatStays({ nodes, assigned }: PlanInput, { node, model, digest }: WantedWorkload): { readonly item: AssignmentItem; readonly reason: string } | undefined {
  const role = nodes.get(node)?.value.role
  const item = assigned.get(node)?.get(workloadKey(model))
  if (role === undefined || role === 'worker' || item === undefined || item.digest === digest) return undefined
  return { item, reason: noWorkloads(node, role) }
}

function noWorkloads(node: string, role: string): string {
  return `Node "${node}" has the role ${role}, which runs no workloads.`
}

function claimNames(wanted: readonly WantedWorkload[]): { granted: Map<string, WantedWorkload>; refused: Map<string, string> } {
  const granted = new Map<string, WantedWorkload>()
  const refused = new Map<string, string>()
  for (const workload of wanted) {
    const first = granted.get(workload.model)
    if (first === undefined) granted.set(workload.model, workload)
    else refused.set(`${workload.package}/${workload.model}`, nameTaken(workload.model, first.package))
  }
  return { granted, refused }
}

function nameTaken(workload: string, owner: string): string {
  return `The workload "${workload}" belongs to Package "${owner}" already; give the Model another name.`
}

/** Items that are not workloads are none of the planner's business and stay; so does what is frozen. */
function keptItems(items: ReadonlyMap<string, AssignmentItem> | undefined, frozen: ReadonlySet<string>): readonly (readonly [string, AssignmentItem])[] {
  return [...(items ?? [])].filter(([key, item]) => !isPlanned(key, item, frozen))
}

/** A node that was taken out of the registry holds nothing any more. */
function holdersOf({ assigned, nodes, frozen }: PlanInput): ReadonlyMap<string, string> {
  const holders = new Map<string, string>()
  for (const [node, items] of assigned) {
    if (!nodes.has(node)) continue
    for (const [key, item] of items) if (isPlanned(key, item, frozen)) holders.set(nameOf(key), node)
  }
  return holders
}

/** What runs of Packages that can't be read keeps its name: workload → Package. */
function frozenNames({ assigned, frozen }: PlanInput): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const items of assigned.values()) {
    for (const [key, item] of items) if (item.package !== undefined && frozen.has(item.package) && key.startsWith(workloadKey(''))) names.set(nameOf(key), item.package)
  }
  return names
}

function isPlanned(key: string, item: AssignmentItem, frozen: ReadonlySet<string>): boolean {
  return key.startsWith(workloadKey('')) && (item.package === undefined || !frozen.has(item.package))
}

/** Why a workload can't be placed on its node now; undefined = it can. */
function obstacle(input: PlanInput, { node, model }: WantedWorkload, releasingFrom: string | undefined): string | undefined {
  if (releasingFrom !== undefined && releasingFrom !== node) return `Node "${releasingFrom}" may still run "${model}"; it is placed on "${node}" once that node has let go.`
  const record = input.nodes.get(node)?.value
  if (record === undefined) return `Node "${node}" is not registered; it joins with a token from "piccolo token create".`
  if (record.standing !== undefined) return `Node "${node}" is ${record.standing.state}: ${record.standing.reason}`
  if (record.role !== 'worker') return noWorkloads(node, record.role)
  if (record.cordoned) return `Node "${node}" is cordoned.`
  const liveness = input.liveness.get(node)?.value
  if (liveness?.phase === 'ready') return undefined
  const reasons = liveness === undefined || liveness.reasons.length === 0 ? '' : `: ${liveness.reasons.join('; ')}`
  return `Node "${node}" is ${liveness?.phase ?? 'pending'}${reasons}`
}

function changedSets(sets: ReadonlyMap<string, Map<string, AssignmentItem>>, assigned: PlanInput['assigned']): Plan['sets'] {
  return new Map([...sets].filter(([node, items]) => !sameItems(items, assigned.get(node))))
}

function sameItems(a: ReadonlyMap<string, AssignmentItem>, b: ReadonlyMap<string, AssignmentItem> | undefined): boolean {
  return a.size === b?.size && [...a].every(([key, item]) => b.get(key)?.digest === item.digest)
}
