import type { Scenario } from '../../model/index.js'
import { workLoop } from '../work-loop.js'
import type { MasterContext } from '../context.js'
import type { Views } from '../views.js'
import { appliedScenario } from '../applied-artifact.js'

/** What it needs of the service that acts. */
export interface Conditions {
  conditionChanged(scenario: string, revision: bigint, value: boolean): Promise<void>
}

/** Watches the conditions of scenarios. */
export interface FilterGateway {
  readonly ended: Promise<void>
}

/** Finds its work by comparing revisions, so that a run which a crash cut short is picked up at the next start. */
export function filterGateway({ clock, random, logger }: MasterContext, views: Pick<Views, 'artifacts' | 'scenarios'>, { conditions, signal }: { readonly conditions: Conditions; readonly signal: AbortSignal }): FilterGateway {
  const step = async (): Promise<void> => {
    for (const artifact of views.artifacts.under('Scenario').values()) {
      const scenario = appliedScenario(artifact.value)
      const run = views.scenarios.entries.get(scenario.metadata.name)?.value
      if (run?.artifactRevision === artifact.revision) continue
      await conditions.conditionChanged(scenario.metadata.name, artifact.revision, holds(scenario))
    }
  }
  const loop = workLoop({ step, signal, clock, random, logger })
  views.artifacts.subscribe(loop.wake)
  loop.wake()
  return { ended: loop.ended }
}

/** No condition holds at once; a condition on a signal holds once the signal has said so, and none has yet. */
function holds({ spec }: Scenario): boolean {
  return spec.condition == null
}
