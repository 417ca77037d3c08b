import type { ContainerStatus } from '../../protocol/index.js'
import type { ContainerState } from '../../spi/index.js'
import type { RunOutcome } from '../state/run-records.js'
import { isDead } from './restart-policy.js'
import type { PlannedContainer } from './workload-plan.js'

/** Everything that one container's status is made from. */
export interface ContainerFacts {
  readonly planned: PlannedContainer
  readonly state: ContainerState | undefined
  /** Set once a run has ended for good. */
  readonly outcome: RunOutcome | undefined
  /** Why it does not run, and when that may change. */
  readonly waiting: { readonly reason: string | undefined; readonly nextAttemptAtMs: number | undefined }
  readonly restarts: number
}

export function containerStatus({ planned, state, outcome, waiting, restarts }: ContainerFacts): ContainerStatus {
  const base = {
    name: planned.spec.container,
    image: planned.spec.image,
    restarts,
    ...(state === undefined ? {} : { id: state.id }),
    ...(state?.startedAtMs === undefined ? {} : { startedAtMs: state.startedAtMs }),
  }
  if (outcome !== undefined) return { ...base, ...endOf({ ...outcome, exitedAtMs: outcome.atMs }) }
  if (state?.phase === 'running' || state?.phase === 'paused') return { ...base, state: state.phase }
  const why = {
    ...(waiting.reason === undefined ? {} : { reason: waiting.reason }),
    ...(waiting.nextAttemptAtMs === undefined ? {} : { nextAttemptAtMs: waiting.nextAttemptAtMs }),
  }
  if (state?.phase === 'exited') return { ...base, ...endOf(state), ...why }
  return { ...base, state: state?.phase ?? 'pending', ...why }
}

/** The status of a container that was found here, of which nothing else is known. */
export function foundStatus(state: ContainerState): ContainerStatus {
  const base = { name: state.container, id: state.id, image: '', restarts: 0 }
  return state.phase === 'exited' ? { ...base, ...endOf(state) } : { ...base, state: state.phase }
}

function endOf(end: Pick<ContainerState, 'exitCode' | 'oomKilled' | 'exitedAtMs'>) {
  return {
    state: isDead(end) ? 'dead' : 'exited',
    ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(end.oomKilled === true ? { oomKilled: true } : {}),
    ...(end.exitedAtMs === undefined ? {} : { exitedAtMs: end.exitedAtMs }),
  } as const
}
