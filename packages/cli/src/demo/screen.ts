import type { NodeView, WorkloadView } from '@piccolo/core/spi'
import { nodes } from '../kinds/nodes.js'
import { workloads } from '../kinds/workloads.js'
import type { CliHost } from '../host.js'
import { jsonLine } from '../text/for-programs.js'
import { livePicture } from '../text/live-picture.js'
import { paint } from '../text/paint.js'

/** What the audience sees: lines of what is done and, between them, the state of the cluster. */
export interface Screen {
  /** The next act begins. */
  act(title: string, fields?: Readonly<Record<string, unknown>>): Promise<void>
  /** Something worth knowing. */
  say(text: string, fields?: Readonly<Record<string, unknown>>): Promise<void>
  /** The state now; shown if it differs from what was shown last. */
  state(nodes: readonly NodeView[], workloads: readonly WorkloadView[]): Promise<void>
}

/** Tables for people. On a terminal a table takes the place of the one before it; elsewhere each change is printed. */
export function screenForPeople({ out, nowMs }: Pick<CliHost, 'out' | 'nowMs'>): Screen {
  const picture = livePicture(out)
  const print = async (text: string): Promise<void> => {
    picture.keep()
    await out.write(text)
  }
  return {
    act: (title) => print(`\n${paint(out, 'bold', `▸ ${title}`)}\n`),
    say: (text) => print(`  ${text}\n`),
    async state(nodeViews, workloadViews) {
      await picture.show(`${nodes.shown(nodeViews).table({ out, nowMs }, { wide: false })}\n${workloads.shown(workloadViews).table({ out, nowMs }, { wide: false })}`)
    },
  }
}

/** One object a line for programs. */
export function screenForPrograms({ out, nowMs }: Pick<CliHost, 'out' | 'nowMs'>): Screen {
  let shown = ''
  const print = (event: string, fields: object): Promise<void> => out.write(jsonLine({ event, atMs: nowMs(), ...fields }))
  return {
    act: (title, fields = {}) => print('act', { title, ...fields }),
    say: (text, fields = {}) => print('note', { text, ...fields }),
    async state(nodeViews, workloadViews) {
      const state = {
        nodes: nodeViews.map(({ name, phase, connected }) => ({ name, phase, connected })),
        workloads: workloadViews.map(({ workload, node, state: now, containers }) => ({
          workload, node, state: now, containers: containers.map(({ name, state: each, restarts, id }) => ({ name, state: each, restarts, id })),
        })),
      }
      const key = JSON.stringify(state)
      if (key === shown) return
      shown = key
      await print('state', state)
    },
  }
}
