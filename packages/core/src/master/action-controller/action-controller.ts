import { PiccoloError } from '../../errors/index.js'
import type { ScenarioRecord } from '../../model/records/index.js'
import type { Scenario } from '../../model/index.js'
import type { Mutation } from '../../spi/index.js'
import type { EventDraft } from '../event-log.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'
import type { Views } from '../views.js'
import { act } from './act.js'
import { plan } from './plan.js'
import { planCommit, setsOf, type PlanCommit } from './plan-commit.js'
import { wantedWorkloads } from './wanted-workloads.js'
import { workLoop } from '../work-loop.js'

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
  const { store, log, clock, random, logger } = context
  let unplaced: ReadonlyMap<string, string> = new Map()

  const step = async (): Promise<void> => {
    await endOrphans()
    await place()
  }

  /** Deployments whose Package or Scenario is gone end; so do runs of scenarios that are gone. */
  const endOrphans = async (): Promise<void> => {
    const exists = (kind: string, name: string): boolean => views.artifacts.entries.has(`${kind}/${name}`)
    const deployments = [...views.deployments.entries.values()].filter(({ value }) => !exists('Package', value.package) || !exists('Scenario', value.scenario))
    const runs = [...views.scenarios.entries.values()].filter(({ id }) => !exists('Scenario', id))
    const done = [...deployments, ...runs]
    if (done.length === 0) return
    const events = deployments.map(({ value }) => log.draft({ severity: 'info', type: 'package-ended', subject: `package/${value.package}`, message: 'Its artifacts were deleted; its workloads stop.' }))
    const revision = await commit({
      preconditions: done.map(({ key, revision: modRevision }) => ({ key, modRevision })),
      mutations: [...done.map(({ key }): Mutation => ({ type: 'delete', key })), ...events.map(({ mutation }) => mutation)],
    })
    log.announce(events.map(({ record }) => record), revision)
  }

  const place = async (): Promise<void> => {
    const wanted = await wantedWorkloads(views, context)
    const assigned = setsOf(views.assignments.entries)
    const planned = plan({
      wanted: wanted.workloads,
      frozen: wanted.frozen,
      nodes: valuesOf(views.nodes.entries),
      liveness: valuesOf(views.liveness.entries),
      assigned,
      releasing: new Map([...views.releases.entries].map(([workload, { value }]) => [workload, value.node])),
      hasLetGo,
    })
    unplaced = new Map([...wanted.failed, ...planned.unplaced])
    const decided = planCommit(planned, views, wanted.contents, context)
    if (decided.mutations.length > 0) await commit(decided)
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
  for (const view of [views.artifacts, views.deployments, views.nodes, views.liveness, views.releases, views.states, views.assignments]) view.subscribe(loop.wake)
  loop.wake()

  return {
    async conditionChanged(name, revision, value) {
      await store.update(async (reader) => {
        const artifact = await tables.artifacts.get(reader, `Scenario/${name}`)
        if (artifact?.revision !== revision) return { mutations: [], result: undefined }
        const scenario = artifact.value as unknown as Scenario // validated when it was applied
        const run = await tables.scenarios.get(reader, name)
        const sameRun = run?.value.artifactRevision === revision
        if (sameRun && run.value.conditionValue === value) return { mutations: [], result: undefined }
        const record = (phase: ScenarioRecord['phase'], reason?: string): Mutation =>
          tables.scenarios.put(name, { artifactRevision: revision, conditionValue: value, phase, ...(reason !== undefined && { reason }) })
        if (!value) return { mutations: [record(sameRun ? run.value.phase : 'waiting')], result: undefined }
        const deployment = await tables.deployments.get(reader, scenario.spec.target)
        try {
          const mutation = act(scenario, { before: deployment?.value, artifacts: views.artifacts.entries })
          return { mutations: [record('completed'), ...(mutation === undefined ? [] : [mutation]), event(name, scenario, 'info')], result: undefined }
        } catch (error) {
          if (!PiccoloError.is(error, 'failed-precondition')) throw error
          return { mutations: [record('denied', error.message), event(name, scenario, 'warning', error.message)], result: undefined }
        }
      }, { signal })
    },
    get unplaced() {
      return unplaced
    },
    wake: loop.wake,
    ended: loop.ended,
  }

  function event(name: string, { spec }: Scenario, severity: EventDraft['severity'], reason?: string): Mutation {
    const message = reason ?? `Satisfied: ${spec.action} ${spec.target}.`
    return log.draft({ severity, type: reason === undefined ? 'scenario-satisfied' : 'scenario-denied', subject: `scenario/${name}`, message }).mutation
  }
}

function valuesOf<Value>(entries: ReadonlyMap<string, { readonly value: Value }>): ReadonlyMap<string, Value> {
  return new Map([...entries].map(([id, { value }]) => [id, value]))
}

