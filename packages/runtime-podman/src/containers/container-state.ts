import type { ContainerPhase, ContainerState } from '@piccolo/core/spi'
import { asNumber, asObject, asText } from '../json.js'
import { labelKeys } from '../labels.js'

/** What `inspect` answers, in the port's words; undefined when it is not one of Piccolo's containers. */
export function containerState(inspected: unknown): ContainerState | undefined {
  const container = asObject(inspected)
  const labels = asObject(asObject(container['Config'])['Labels'])
  const id = asText(container['Id'])
  const workload = asText(labels[labelKeys.workload])
  const name = asText(labels[labelKeys.container])
  if (id === undefined || workload === undefined || name === undefined) return undefined

  const state = asObject(container['State'])
  const phase = phaseOf(asText(state['Status']))
  const pod = asText(container['Pod'])
  const startedAtMs = phase === 'created' ? undefined : timeMs(state['StartedAt'])
  return {
    id,
    name: asText(container['Name']) ?? id,
    workload,
    container: name,
    specDigest: asText(labels[labelKeys.spec]) ?? '',
    ...(pod === undefined || pod === '' ? {} : { podId: pod }),
    phase,
    ...(phase === 'exited' ? exitOf(state) : {}),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(phase === 'running' || phase === 'paused' ? { pid: asNumber(state['Pid']) ?? 0 } : {}),
  }
}

/** The state of a running container once it has ended. */
export function exitedState(state: ContainerState, exit: { readonly exitCode: number; readonly exitedAtMs: number }): ContainerState {
  const { pid: _, oomKilled: __, ...rest } = state
  return { ...rest, phase: 'exited', ...exit }
}

export function sameState(a: ContainerState, b: ContainerState): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof ContainerState>
  return [...keys].every((key) => a[key] === b[key])
}

function exitOf(state: ReturnType<typeof asObject>): Pick<ContainerState, 'exitCode' | 'oomKilled' | 'exitedAtMs'> {
  const exitedAtMs = timeMs(state['FinishedAt'])
  return {
    exitCode: asNumber(state['ExitCode']) ?? 0,
    ...(state['OOMKilled'] === true ? { oomKilled: true } : {}),
    ...(exitedAtMs === undefined ? {} : { exitedAtMs }),
  }
}

function phaseOf(status: string | undefined): ContainerPhase {
  switch (status) {
    case 'configured': case 'created': case 'initialized': return 'created'
    // On its way out it still runs; the exit tells when it does not.
    case 'running': case 'stopping': return 'running'
    case 'paused': return 'paused'
    default: return 'exited'
  }
}

/** Go's zero time means "never". */
function timeMs(value: unknown): number | undefined {
  const text = asText(value)
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms
}
