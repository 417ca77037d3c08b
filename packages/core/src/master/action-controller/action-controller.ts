import { PiccoloError } from '../../errors/index.js'
import type { EventRecord, ScenarioRecord } from '../../model/records/index.js'
import type { Scenario } from '../../model/index.js'
import type { Mutation } from '../../spi/index.js'
import type { EventDraft } from '../event-log.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import { act } from './act.js'
import { lossOf } from './loss.js'
import { plan } from './plan.js'
import { packagesConcerned, planCommit, setsOf, type PlanCommit } from './plan-commit.js'
import { workloadResolver } from './wanted-workloads.js'
import { withinLimits } from './within-limits.js'
import { workLoop } from '../work-loop.js'
import { appliedScenario } from '../applied-artifact.js'
import { conditionText } from '../condition.js'

/** What it needs of the service that talks to the nodes. */
export interface Acknowledgements {
  /** The generation that the node has on its disk and up to which its states are complete, as far as this master has heard. */
  generation(node: string): bigint | undefined
}

/** Turns satisfied scenarios into deployments, and deployments into the sets of the nodes. */
export interface ActionController {
  /** The condition of a Scenario, at this revision, has become true or false. Committed before it resolves. */
  conditionChanged(scenario: string, revision: bigint, value: boolean): Promise<void>
  /** `<package>/<model>` → why it has no place yet. */
  readonly unplaced: ReadonlyMap<string, string>
  /** Something outside the store may let a placement go on. */
  wake(): void
  readonly ended: Promise<void>
}

export function actionController(context: MasterContext, views: Views, { acknowledgements, signal }: { readonly acknowledgements: Acknowledgements; readonly signal: AbortSignal }): ActionController {
  const { store, log, trail, digest, clock, random, logger } = context
  const wantedWorkloads = workloadResolver(views, context)
  let unplaced: ReadonlyMap<string, string> = new Map()

  const step = async (): Promise<void> => {
    await endOrphans()
    await place()
  }

  /** Deployments whose Package, or the last of whose scenarios, is gone end; so do runs of scenarios that are gone. One commit each, however many there are. */
  const endOrphans = async (): Promise<void> => {
    for (const deployment of [...views.deployments.entries.values()]) {
      const loss = lossOf(deployment, views.artifacts.entries)
      if (loss === undefined) continue
      trail.note(deployment.key, trail.at(...loss.preconditions.map(({ key }) => key)))
      const event = log.draft({ severity: 'info', type: 'package-ended', subject: `package/${deployment.id}`, message: 'Its artifacts were deleted; its workloads stop.' })
      const committed = await commit({ preconditions: loss.preconditions, mutations: loss.ends ? [loss.mutation, event.mutation] : [loss.mutation] })
      if (loss.ends) log.announce([event.record], committed)
    }
    for (const { id, key, revision } of [...views.scenarios.entries.values()]) {
      if (!views.artifacts.entries.has(`Scenario/${id}`)) await commit({ preconditions: [tables.artifacts.absent(`Scenario/${id}`), { key, modRevision: revision }], mutations: [{ type: 'delete', key }] })
    }
  }

  const place = async (): Promise<void> => {
    const wanted = await wantedWorkloads()
    const assigned = setsOf(views.assignments.entries)
    const planned = plan({
      wanted: wanted.workloads,
      frozen: wanted.frozen,
      nodes: views.nodes.entries,
      liveness: views.liveness.entries,
      assigned,
      releasing: new Map([...views.releases.entries].map(([workload, { value }]) => [workload, value.node])),
      hasLetGo,
    })
    const fitted = withinLimits(planned, store.capabilities, (nodes) => planCommit(planned, nodes, { views, assigned, deployments: wanted.deployments, contents: wanted.contents, digest }))
    const unfit = wanted.workloads.flatMap(({ package: owner, model, node }) => {
      const reason = fitted.tooLarge.get(node)
      return reason === undefined ? [] : [[`${owner}/${model}`, `The set of node "${node}" stays as it is, for it would not fit into the store. ${reason}`] as const]
    })
    unplaced = new Map([...wanted.failed, ...planned.unplaced, ...unfit])
    if (fitted.commit.mutations.length === 0) return
    for (const [node, packages] of packagesConcerned(planned, assigned)) trail.note(tables.assignments.key(node), trail.at(...[...packages].map(tables.deployments.key)))
    await commit(fitted.commit)
  }

  /** Waits until the views show what was written, so that the next look stands on it. Lost means: look again. */
  const commit = async ({ preconditions, mutations }: PlanCommit): Promise<bigint> => {
    const result = await store.commit({ preconditions, mutations }, { signal })
    if (!result.committed) throw new PiccoloError('conflict', 'What the decision stood on has changed meanwhile; deciding again.', { details: { keys: result.failedKeys } })
    await views.caughtUpWith(mutations.map(({ key }) => key), result.revision, signal)
    return result.revision
  }

  const hasLetGo = (node: string, workload: string): boolean => {
    const release = views.releases.entries.get(workload)
    if (!views.nodes.entries.has(node)) return true
    const generation = acknowledgements.generation(node)
    return release !== undefined && generation !== undefined && generation >= release.revision && !views.states.entries.has(`${node}/workload/${workload}`)
  }

  const loop = workLoop({ step, signal, clock, random, logger })
  for (const view of [views.artifacts, views.deployments, views.nodes, views.liveness, views.releases, views.assignments]) view.subscribe(loop.wake)
  // What a workload's state is matters to a plan only while something is to be let go.
  views.states.subscribe(() => { if (views.releases.entries.size > 0) loop.wake() })
  loop.wake()

  return {
    async conditionChanged(name, revision, value) {
      const { result, revision: committed } = await store.update<readonly EventRecord[]>(async (reader) => {
        const artifact = await tables.artifacts.get(reader, `Scenario/${name}`)
        if (artifact?.revision !== revision) return { mutations: [], result: [] }
        const scenario = appliedScenario(artifact.value)
        const run = await tables.scenarios.get(reader, name)
        const sameRun = run?.value.artifactRevision === revision
        if (sameRun && (run.value.phase !== 'waiting' || run.value.conditionValue === value)) return { mutations: [], result: [] }
        const record = (phase: ScenarioRecord['phase'], reason?: string): Mutation =>
          tables.scenarios.put(name, { artifactRevision: revision, conditionValue: value, phase, ...(reason !== undefined && { reason }) })
        if (!value) return { mutations: [record('waiting')], result: [] }
        const deployment = await tables.deployments.get(reader, scenario.spec.target)
        trail.note(tables.deployments.key(scenario.spec.target), trail.at(artifact.key))
        try {
          const mutation = act(scenario, { before: deployment?.value, artifacts: views.artifacts.entries })
          const told = event(name, scenario, 'info')
          return { mutations: [record('completed'), ...(mutation === undefined ? [] : [mutation]), told.mutation], result: [told.record] }
        } catch (error) {
          if (!PiccoloError.is(error, 'failed-precondition')) throw error
          const told = event(name, scenario, 'warning', error.message)
          return { mutations: [record('denied', error.message), told.mutation], result: [told.record] }
        }
      }, { signal })
      if (committed !== undefined) log.announce(result, committed)
    },
    get unplaced() {
      return unplaced
    },
    wake: loop.wake,
    ended: loop.ended,
  }

  function event(name: string, { spec }: Scenario, severity: EventDraft['severity'], reason?: string): ReturnType<typeof log.draft> {
    const message = reason ?? `Satisfied${spec.condition == null ? '' : ` by ${conditionText(spec.condition)}`}: ${spec.action} ${spec.target}.`
    return log.draft({ severity, type: reason === undefined ? 'scenario-satisfied' : 'scenario-denied', subject: `scenario/${name}`, message })
  }
}


