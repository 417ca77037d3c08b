import type { Scenario } from '../../model/index.js'
import type { ScenarioRecord } from '../../model/records/index.js'
import type { ScenarioView } from '../../spi/index.js'
import { appliedScenario } from '../applied-artifact.js'
import { conditionText, signalOf } from '../condition.js'
import type { Views } from '../views.js'
import type { Signals } from './needs.js'

export function scenarioViews(views: Pick<Views, 'artifacts' | 'scenarios'>, signals: Signals['signals']): readonly ScenarioView[] {
  return [...views.artifacts.under('Scenario').values()].map(({ value, revision }) => {
    const scenario = appliedScenario(value)
    const run = views.scenarios.entries.get(scenario.metadata.name)?.value
    const current = run?.artifactRevision === revision ? run : undefined
    return {
      name: scenario.metadata.name,
      action: scenario.spec.action,
      target: scenario.spec.target,
      phase: current?.phase ?? 'idle',
      ...reasonOf(scenario, current, signals),
      revision,
    }
  })
}

function reasonOf({ spec: { condition } }: Scenario, run: ScenarioRecord | undefined, signals: Signals['signals']): Pick<ScenarioView, 'reason'> {
  if (run?.phase !== 'waiting' || condition == null) return run?.reason === undefined ? {} : { reason: run.reason }
  const known = signals.get(signalOf(condition))
  return { reason: `Waits for ${conditionText(condition)}; ${known === undefined ? 'nothing is known of it' : `it is ${String(known.value)}`}.` }
}
