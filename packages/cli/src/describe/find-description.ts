import type { PiccoloClient } from '@piccolo/client'
import { PiccoloError, type ClusterEvent } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { lastEvents } from '../kinds/events.js'
import { noSuch } from '../kinds/resource-kind.js'
import { closest } from '../text/closest.js'
import { describeNode } from './describe-node.js'
import { describePackage } from './describe-package.js'
import { describeScenario } from './describe-scenario.js'
import { describeWorkload } from './describe-workload.js'

/** The data for programs, and the same as a text for people. */
export interface Description {
  readonly data: unknown
  text(host: Pick<CliHost, 'out' | 'nowMs'>): string
}

type Describer = (client: PiccoloClient, name: string, signal: AbortSignal) => Promise<Description>

/** Events looked through for those of one thing. */
const eventsSearched = 1000

const describers: Readonly<Record<string, Describer>> = {
  async node(client, name, signal) {
    const [nodes, workloads, events] = await Promise.all([client.nodes({ signal }), client.workloads({ signal }), lastEvents(client, eventsSearched, signal)])
    const data = {
      node: pick('node', name, nodes, (node) => node.name),
      workloads: workloads.filter(({ node }) => node === name),
      events: about(events, `node/${name}`, name),
    }
    return { data, text: (host) => describeNode(data, host) }
  },
  async workload(client, name, signal) {
    const [workloads, events] = await Promise.all([client.workloads({ signal }), lastEvents(client, eventsSearched, signal)])
    const data = { workload: pick('workload', name, workloads, ({ workload }) => workload), events: about(events, `workload/${name}`) }
    return { data, text: (host) => describeWorkload(data, host) }
  },
  async package(client, name, signal) {
    const [packages, scenarios, events] = await Promise.all([client.packages({ signal }), client.scenarios({ signal }), lastEvents(client, eventsSearched, signal)])
    const data = {
      package: pick('package', name, packages, (each) => each.name),
      scenarios: scenarios.filter(({ target }) => target === name),
      events: about(events, `package/${name}`),
    }
    return { data, text: (host) => describePackage(data, host) }
  },
  async scenario(client, name, signal) {
    const [scenarios, packages, events] = await Promise.all([client.scenarios({ signal }), client.packages({ signal }), lastEvents(client, eventsSearched, signal)])
    const scenario = pick('scenario', name, scenarios, (each) => each.name)
    const target = packages.find((each) => each.name === scenario.target)
    const data = { scenario, ...(target === undefined ? {} : { package: target }), events: about(events, `scenario/${name}`) }
    return { data, text: (host) => describeScenario(data, host) }
  },
}

export const describableKinds = Object.keys(describers)

export function findDescriber(word: string): Describer {
  const lower = word.toLowerCase()
  const kind = describableKinds.find((each) => each === lower || `${each}s` === lower)
  const describer = kind === undefined ? undefined : describers[kind]
  if (describer !== undefined) return describer
  const guess = closest(word, describableKinds)
  throw new PiccoloError('invalid-argument', `Cannot describe a "${word}". ${guess === undefined ? `Take one of: ${describableKinds.join(', ')}.` : `Did you mean "${guess}"?`}`)
}

function pick<View>(singular: string, name: string, views: readonly View[], nameOf: (view: View) => string): View {
  const found = views.find((view) => nameOf(view) === name)
  if (found === undefined) throw noSuch(singular, name, views.map(nameOf))
  return found
}

function about(events: readonly ClusterEvent[], subject: string, node?: string): readonly ClusterEvent[] {
  return events.filter((event) => event.subject === subject || (node !== undefined && event.node === node))
}
