import type { SignalView } from '../../spi/index.js'
import { appliedScenario } from '../applied-artifact.js'
import { signalOf } from '../condition.js'
import type { Views } from '../views.js'
import type { Signals } from './needs.js'

/** By name: what has a value, and what is waited for. */
export function signalViews(views: Pick<Views, 'artifacts' | 'scenarios'>, known: Signals['signals']): readonly SignalView[] {
  const awaited = new Map<string, string[]>()
  for (const { value, revision } of views.artifacts.under('Scenario').values()) {
    const { metadata: { name }, spec: { condition } } = appliedScenario(value)
    const run = views.scenarios.entries.get(name)?.value
    if (condition == null || run?.artifactRevision !== revision || run.phase !== 'waiting') continue
    const signal = signalOf(condition)
    awaited.set(signal, [...(awaited.get(signal) ?? []), name])
  }
  const names = [...new Set([...known.keys(), ...awaited.keys()])].sort()
  return names.map((name) => ({ name, ...known.get(name), awaitedBy: awaited.get(name) ?? [] }))
}
