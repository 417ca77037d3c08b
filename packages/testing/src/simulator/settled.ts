import type { NodeView, WorkloadView } from '@piccolo/core/spi'
import type { People } from './people/people.js'
import type { WorkloadPlan } from './people/package-plan.js'
import { storedValue } from './stored-value.js'
import type { World } from './world.js'

/** A master looks once a minute whether its clock has jumped, and tells a person. */
const looksAtClockMs = 61_000

const never = new AbortController().signal

/** What is not yet as it must be once everything has been mended, for people; none = everything has settled. */
export async function unsettled(world: World, people: People): Promise<readonly string[]> {
  if (!world.masterService.isUp) return ['the master has not started']
  if (world.clock.monotonicMs() - world.masterClockJumpedMs < looksAtClockMs) return ['the master may not have noticed yet that its clock jumped']
  if (!people.isCertain) return ['something that people asked for has not been answered with yes']
  const { operations, admin } = world.master
  const [nodes, workloads, packages] = await Promise.all([operations.nodes(admin, never), operations.workloads(admin, never), operations.packages(admin, never)])
  const plans = people.wanted.flatMap((plan) => plan.workloads)
  return [
    ...nodes.flatMap((node) => nodeTrouble(world, node)),
    ...plans.flatMap((plan) => workloadTrouble(world, plan, workloads)),
    ...leftovers(world, plans, workloads),
    ...packages.flatMap(({ models }) => models.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name} is explained: ${reason}`]))),
    ...viewTrouble(world, workloads),
  ]
}

function nodeTrouble({ board, ledger }: World, { name, phase, reasons, connected, heldGeneration }: NodeView): readonly string[] {
  const place = board(name)
  const agent = place?.agent
  if (agent === undefined) return [`${name} has no agent`]
  const { held, unacknowledgedEvents, readiness } = agent.health()
  const wanted = ledger.generation(name)
  return [
    ...(phase === 'ready' && connected ? [] : [`${name} is ${phase}${connected ? '' : ', not connected'}: ${reasons.join(' ')}`]),
    ...(held?.generation === wanted && heldGeneration === wanted ? [] : [`${name} holds generation ${held?.generation ?? 'nothing'} (the master knows of ${heldGeneration ?? 'nothing'}) of ${wanted ?? 'nothing'}`]),
    // A call that began while the engine was slow may come back long after.
    ...(place?.machine.latency.underWay === 0 ? [] : [`${name} waits for its engine`]),
    // What could not be written while the disk was full is tried again after a while.
    ...(readiness?.findings.flatMap(({ check, level, reason }) => (check === 'state' && level !== 'ok' ? [`${name} can not keep its state: ${reason}`] : [])) ?? []),
    ...(unacknowledgedEvents === 0 ? [] : [`${name} has ${unacknowledgedEvents} events in its journal`]),
  ]
}

function workloadTrouble({ floor }: World, plan: WorkloadPlan, workloads: readonly WorkloadView[]): readonly string[] {
  const { name, node, version, kind } = plan
  const views = workloads.filter((view) => view.workload === name)
  const [view] = views
  if (view === undefined || views.length > 1 || view.node !== node) return [`${name} is reported by ${views.map((one) => one.node).join(', ') || 'nobody'} instead of ${node}`]
  if (kind === 'job') return view.state === 'exited' ? [] : [`the job ${name} on ${node} is ${view.state}: ${view.reason ?? ''}`]
  const expected = kind === 'pod' ? ['main', 'side'] : ['main']
  const running = floor.on(node).filter(({ state }) => state.workload === name && state.phase === 'running')
  return [
    ...(view.state === 'running' ? [] : [`${name} on ${node} is reported ${view.state}: ${view.reason ?? ''}`]),
    ...expected.flatMap((container) => {
      const it = running.find(({ spec }) => spec.container === container)
      if (it === undefined) return [`${name}_${container} does not run on ${node}`]
      const runs = it.spec.env.find((variable) => variable.name === 'VERSION')?.value
      const isReported = view.containers.some(({ id }) => id === it.state.id)
      return [...(runs === String(version) ? [] : [`${name} runs version ${runs ?? 'none'} on ${node} instead of ${version}`]), ...(isReported ? [] : [`${name}_${container} of ${node} is reported with another id`])]
    }),
  ]
}

/** What is there and nobody wants. */
function leftovers({ floor }: World, plans: readonly WorkloadPlan[], workloads: readonly WorkloadView[]): readonly string[] {
  const wanted = new Set(plans.map(({ name, node }) => `${name} on ${node}`))
  const isWanted = (name: string, node: string): boolean => wanted.has(`${name} on ${node}`)
  return [
    ...floor.all.filter(({ node, state }) => !isWanted(state.workload, node)).map(({ node, state }) => `${state.name} is left on ${node}`),
    ...workloads.filter((view) => !isWanted(view.workload, view.node)).map((view) => `${view.workload} is still reported by ${view.node}`),
  ]
}

/** The master's views show the store. */
function viewTrouble({ backend }: World, workloads: readonly WorkloadView[]): readonly string[] {
  const { entries } = backend.list('states/', {})
  const shown = new Map(workloads.map((view) => [`states/${view.node}/workload/${view.workload}`, view]))
  return entries.flatMap(({ key, value }) => {
    const { status } = storedValue(value) as { readonly status: WorkloadView } // the master wrote it
    return shown.get(key)?.state === status.state ? [] : [`the master shows ${key} as ${shown.get(key)?.state ?? 'absent'}, the store has ${status.state}`]
  })
}
