import { PiccoloError, throwIfAborted } from '../../errors/index.js'
import { SerialQueue } from '../../link/serial-queue.js'
import type { Condition, Scenario } from '../../model/index.js'
import type { PublishedSignal } from '../../spi/index.js'
import { appliedScenario } from '../applied-artifact.js'
import type { MasterContext } from '../context.js'
import type { Views } from '../views.js'
import { workLoop } from '../work-loop.js'
import { holds, signalOf } from '../condition.js'
import { signalBoard, type KnownSignal } from './signal-board.js'

/** What it needs of the service that acts. */
export interface Conditions {
  conditionChanged(scenario: string, revision: bigint, value: boolean): Promise<void>
}

/** Watches the conditions of scenarios. */
export interface FilterGateway {
  /** What signals last said, by name. */
  readonly signals: ReadonlyMap<string, KnownSignal>
  /** Takes these values, and resolves when what they satisfy is committed: a value that is true for a moment only is not missed. */
  publish(signals: readonly PublishedSignal[], signal: AbortSignal): Promise<void>
  readonly ended: Promise<void>
}

/** Publications that wait for the ones before; more are refused. */
const maxWaiting = 1_000

/**
 * A Scenario's run is judged at once with what is known; if its condition does not hold, each signal that it is about judges it anew, until
 * it has held once. Finds its work by comparing revisions, so that a run which a crash cut short is picked up at the next start.
 */
export function filterGateway({ clock, random, logger }: MasterContext, views: Pick<Views, 'artifacts' | 'scenarios'>, { conditions, signal }: { readonly conditions: Conditions; readonly signal: AbortSignal }): FilterGateway {
  const board = signalBoard(clock)
  const turns = new SerialQueue()
  let waiting = 0

  const judge = async (concerned: (condition: Condition | null | undefined) => boolean): Promise<void> => {
    let failure: unknown
    for (const { value, revision } of [...views.artifacts.under('Scenario').values()]) {
      const { metadata: { name }, spec } = appliedScenario(value)
      if (!concerned(spec.condition)) continue
      const run = views.scenarios.entries.get(name)?.value
      const fresh = run?.artifactRevision !== revision
      if (!fresh && run.phase !== 'waiting') continue
      const satisfied = isSatisfied(spec)
      if (!fresh && !satisfied) continue
      // One that can not be committed holds up none of the others.
      await conditions.conditionChanged(name, revision, satisfied).catch((error: unknown) => { failure ??= error })
    }
    if (failure !== undefined) throw PiccoloError.from(failure)
  }
  const isSatisfied = ({ condition }: Scenario['spec']): boolean => condition == null || holds(condition, board.known.get(signalOf(condition))?.value)

  const loop = workLoop({ step: () => turns.run(() => judge(() => true)), signal, clock, random, logger })
  views.artifacts.subscribe(loop.wake)
  loop.wake()

  return {
    signals: board.known,
    async publish(signals, caller) {
      if (waiting >= maxWaiting) throw new PiccoloError('resource-exhausted', `${String(maxWaiting)} publications wait for the store already; publish less often, or several signals at once.`)
      waiting += 1
      try {
        await turns.run(async () => {
          throwIfAborted(caller)
          board.put(signals)
          const names = new Set(signals.map(({ name }) => name))
          await judge((condition) => condition != null && names.has(signalOf(condition)))
        })
      } catch (error) {
        // What could not be committed now is looked at again.
        loop.wake()
        throw error
      } finally {
        waiting -= 1
      }
    },
    ended: loop.ended,
  }
}
