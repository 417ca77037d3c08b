import type { ConformanceCase, Given } from '../suite.js'
import { outcomeOfAborted, refuses } from './refuses.js'
import { aborted } from './signals.js'
import { within } from './within.js'

/** One async method of a port, and how to see that a call of it did nothing. */
export interface AbortRow<Scene, Subject> {
  /** As the case's id has it, e.g. `commit`, `images-pull`. */
  readonly method: string
  readonly call: (scene: Scene, signal: AbortSignal) => Promise<unknown>
  /** Asserts that nothing came of a call; absent for a question. */
  readonly untouched?: (scene: Scene) => Promise<void>
  readonly given?: Given<Subject>
}

export interface AbortPlan<Scene, Subject> {
  /** The suite's, e.g. `store`. */
  readonly prefix: string
  /** Sets the scene for one row, and takes it away again. */
  readonly enter: (subject: Subject, run: (scene: Scene) => Promise<void>) => Promise<void>
  readonly rows: readonly AbortRow<Scene, Subject>[]
}

/** The same case for every method: aborted beforehand it is refused and did nothing, aborted on its way it ends at once, well or as `aborted`. */
export function abortCases<Scene, Subject>({ prefix, enter, rows }: AbortPlan<Scene, Subject>): readonly ConformanceCase<Subject>[] {
  return rows.map(({ method, call, untouched, given }) => ({
    id: `${prefix}/aborted-${method}`,
    title: `${method}: ${untouched === undefined ? '' : 'does nothing and '}is refused as \`aborted\` when it was aborted before; aborted on its way, it ends soon, and not otherwise`,
    ...(given !== undefined && { given }),
    run: (subject) => enter(subject, async (scene) => {
      await refuses('aborted', () => within({}, `the refusal of an aborted ${method}`, call(scene, aborted)))
      await untouched?.(scene)
      const controller = new AbortController()
      const midway = outcomeOfAborted(call(scene, controller.signal))
      controller.abort()
      await within({}, `the end of a ${method} that was aborted on its way`, midway)
    }),
  }))
}
