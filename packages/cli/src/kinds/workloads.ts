import type { WorkloadView } from '@piccolo/core/spi'
import { age } from '../text/age.js'
import { resourceKind } from './resource-kind.js'
import { stateStyle } from './state-style.js'

export const workloads = resourceKind<WorkloadView>({
  plural: 'workloads',
  singular: 'workload',
  list: (client, signal) => client.workloads({ signal }),
  nameOf: ({ workload }) => workload,
  byName: true,
  columns: (nowMs) => [
    { title: 'NAME', value: ({ workload }) => workload },
    { title: 'STATE', value: ({ state }) => state, style: ({ state }) => stateStyle(state) },
    { title: 'READY', value: readyText },
    { title: 'RESTARTS', value: ({ containers }) => String(containers.reduce((sum, { restarts }) => sum + restarts, 0)) },
    { title: 'AGE', value: (workload) => startedText(workload, nowMs) },
    { title: 'NODE', value: ({ node }) => node },
    { title: 'PACKAGE', value: (workload) => workload.package, wide: true },
    { title: 'IMAGES', value: ({ containers }) => containers.map(({ image }) => image).join(','), wide: true, elastic: true },
    { title: 'REASON', value: reasonText, elastic: true },
  ],
})

function readyText({ containers }: WorkloadView): string {
  return `${String(containers.filter(({ state }) => state === 'running').length)}/${String(containers.length)}`
}

function startedText({ containers }: WorkloadView, nowMs: number): string {
  const started = containers.flatMap(({ state, startedAtMs }) => (state === 'running' && startedAtMs !== undefined ? [startedAtMs] : []))
  return started.length === 0 ? '' : age(nowMs - Math.max(...started))
}

function reasonText({ reason, containers }: WorkloadView): string {
  return reason ?? containers.flatMap((container) => (container.reason === undefined ? [] : [container.reason])).join('; ')
}
