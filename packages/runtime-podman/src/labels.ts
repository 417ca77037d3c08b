import type { RuntimeScope } from '@piccolo/core/spi'
import { asObject, asText } from './json.js'

/** The labels by which the runtime knows its own. */
export const labelKeys = {
  cluster: 'io.piccolo.cluster',
  node: 'io.piccolo.node',
  workload: 'io.piccolo.workload',
  container: 'io.piccolo.container',
  spec: 'io.piccolo.spec',
} as const

export function scopeLabels(scope: RuntimeScope): Record<string, string> {
  return { [labelKeys.cluster]: scope.cluster, [labelKeys.node]: scope.node }
}

/** Podman's `filters` parameter for everything in scope. */
export function scopeFilter(scope: RuntimeScope): string {
  return JSON.stringify({ label: Object.entries(scopeLabels(scope)).map(([key, value]) => `${key}=${value}`) })
}

export function inScope(scope: RuntimeScope, labels: unknown): boolean {
  const own = asObject(labels)
  return own[labelKeys.cluster] === scope.cluster && own[labelKeys.node] === scope.node
}

/** True of containers that `create` made; a pod's infra container has its pod's labels, but not this one. */
export function isContainerInScope(scope: RuntimeScope, labels: unknown): boolean {
  return inScope(scope, labels) && asText(asObject(labels)[labelKeys.container]) !== undefined
}
