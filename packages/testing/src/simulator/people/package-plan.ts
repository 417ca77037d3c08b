import type { Dice } from '../../random/dice.js'
import { memoryProgram } from '../../runtime/memory-program.js'
import { presentImages, pulledImages } from './images.js'

/** What a workload is like. `job` runs to its end, `pod` has two containers, `stubborn` has to be killed. */
export type WorkloadKind = 'service' | 'pulled' | 'pod' | 'initialised' | 'job' | 'stubborn'

export interface WorkloadPlan {
  readonly name: string
  readonly node: string
  readonly kind: WorkloadKind
  readonly image: string
  /** Shows in the container's environment: what runs can be told from what ran before. */
  readonly version: number
}

/** A Package as somebody wants it. */
export interface PackagePlan {
  readonly name: string
  readonly workloads: readonly WorkloadPlan[]
}

const kinds: readonly WorkloadKind[] = ['service', 'service', 'pulled', 'pod', 'initialised', 'job', 'stubborn']
const jobMs = 20_000

/** Thinks of a Package, or of a change to it: a new version of some workloads, another node for some, one more, one less. */
export function thinkOf(name: string, { before, nodes, version, dice }: { readonly before: PackagePlan | undefined; readonly nodes: readonly string[]; readonly version: number; readonly dice: Dice }): PackagePlan {
  const kept = (before?.workloads ?? []).filter((_workload, _index, all) => all.length === 1 || !dice.chance(0.1))
  const changed = kept.map((workload): WorkloadPlan => ({
    ...workload,
    ...(dice.chance(0.5) ? { version, image: imageFor(workload.kind, dice) } : {}),
    ...(dice.chance(0.25) ? { node: dice.pick(nodes) ?? workload.node } : {}),
  }))
  const wanted = changed.length === 0 ? dice.between(1, 3) : dice.chance(0.15) ? 1 : 0
  const taken = new Set(changed.map((workload) => workload.name))
  const free = ['a', 'b', 'c', 'd'].map((letter) => `${name}-${letter}`).filter((workload) => !taken.has(workload))
  const added = free.slice(0, wanted).map((workload): WorkloadPlan => {
    const kind = dice.pick(kinds) ?? 'service'
    return { name: workload, node: dice.pick(nodes) ?? 'n1', kind, image: imageFor(kind, dice), version }
  })
  return { name, workloads: [...changed, ...added] }
}

/** The plan as a manifest: a Scenario that launches it at once, the Package, its Models. JSON is YAML too. */
export function manifestOf({ name, workloads }: PackagePlan): string {
  const documents = [
    ...namesOf(name, workloads),
    ...workloads.map((workload) => ({ ...head, kind: 'Model', metadata: { name: workload.name }, spec: podOf(workload) })),
  ]
  return textOf(documents)
}

/** What takes the Package away; its Models stay, and hurt nobody. */
export function removalOf(name: string): string {
  return textOf(namesOf(name, [{ name: 'any', node: 'any' }]))
}

const head = { apiVersion: 'v1' }

function namesOf(name: string, workloads: readonly Pick<WorkloadPlan, 'name' | 'node'>[]): readonly object[] {
  return [
    { ...head, kind: 'Scenario', metadata: { name }, spec: { condition: null, action: 'launch', target: name } },
    { ...head, kind: 'Package', metadata: { name }, spec: { models: workloads.map((workload) => ({ name: workload.name, node: workload.node })) } },
  ]
}

function textOf(documents: readonly object[]): string {
  return documents.map((document) => JSON.stringify(document)).join('\n---\n')
}

function podOf({ kind, image, version }: WorkloadPlan): object {
  const main = { name: 'main', image, env: [{ name: 'VERSION', value: String(version) }] }
  switch (kind) {
    case 'service':
    case 'pulled':
      return { hostNetwork: true, containers: [main] }
    case 'pod':
      return { containers: [main, { ...main, name: 'side' }] }
    case 'initialised':
      return { hostNetwork: true, initContainers: [{ ...main, name: 'init', ...memoryProgram({ afterMs: 500 }) }], containers: [main] }
    case 'job':
      return { hostNetwork: true, restartPolicy: 'OnFailure', containers: [{ ...main, ...memoryProgram({ afterMs: jobMs }) }] }
    case 'stubborn':
      return { hostNetwork: true, terminationGracePeriodSeconds: 5, containers: [{ ...main, ...memoryProgram({ stubborn: true }) }] }
  }
}

function imageFor(kind: WorkloadKind, dice: Dice): string {
  return dice.pick<string>(kind === 'pulled' ? pulledImages : presentImages) ?? presentImages[0]
}
