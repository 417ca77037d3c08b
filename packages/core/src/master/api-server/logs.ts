import { PiccoloError } from '../../errors/index.js'
import type { MessageContext } from '../../protocol/index.js'
import type { LogLine } from '../../spi/index.js'
import type { Views } from '../views.js'
import type { SessionRegistry } from './sessions/session-registry.js'

export interface LogOptions {
  readonly workload: string
  readonly container?: string
  readonly follow: boolean
  readonly tail?: number
}

/** Fetches the log lines of one workload from the node that has it. */
export async function* workloadLogs(views: Pick<Views, 'states'>, sessions: SessionRegistry, options: LogOptions & { readonly context: MessageContext }, signal: AbortSignal): AsyncIterable<LogLine & { readonly container: string }> {
  const { workload, container, follow, tail, context } = options
  const id = [...views.states.entries.keys()].find((key) => key.endsWith(`/workload/${workload}`))
  if (id === undefined) throw new PiccoloError('not-found', `No node reports a workload "${workload}"; "piccolo get workloads" lists them.`)
  const node = id.slice(0, id.indexOf('/'))
  const session = sessions.get(node)
  if (session === undefined) throw new PiccoloError('unavailable', `Node "${node}" is not connected; its logs can be read when it is.`)
  const body = { name: 'logs' as const, workload, follow, ...(container !== undefined && { container }), ...(tail !== undefined && { tail }) }
  for await (const payload of session.command(body, signal, context)) {
    yield* JSON.parse(new TextDecoder().decode(payload)) as readonly (LogLine & { readonly container: string })[] // the agent of this cluster wrote it
  }
}
