import { PiccoloError, throwIfAborted } from '../errors/index.js'
import { eventBus, type EventSource, type MasterEvents } from '../events/index.js'
import { timingProfiles } from '../protocol/index.js'
import type { AdapterContext, Logger, ServerTls } from '../spi/index.js'
import { systemClock, systemDigest, systemDisk, systemRandom } from '../system/index.js'
import { actionController } from './action-controller/action-controller.js'
import { apiServer } from './api-server/api-server.js'
import { followNodeList } from './api-server/node-list.js'
import { timingsOf } from './api-server/timings-of.js'
import type { MasterContext } from './context.js'
import { eventLog } from './event-log.js'
import { filterGateway } from './filter-gateway/filter-gateway.js'
import { checkMasterOptions, type MasterOptions } from './master-options.js'
import { monitoringServer } from './monitoring-server/monitoring-server.js'
import { keepOffice, takeUpOffice } from './office.js'
import { closer } from './closer.js'
import { derivePackageState } from './state-manager/derive-state.js'
import { stateManager } from './state-manager/state-manager.js'
import { startViews } from './views.js'
import { version } from '../version.js'

/** A master that runs. */
export interface RunningMaster extends AsyncDisposable {
  readonly cluster: string
  /** Where nodes dial. */
  readonly address: string
  /** Where people and programs get in, in the order of the options. */
  readonly surfaces: readonly { readonly address: string }[]
  /** Certificates of the cluster's authority, PEM: what a client of the surfaces is to trust. */
  readonly authoritiesPem: readonly string[]
  /** What happens, for those who embed it. */
  readonly events: EventSource<MasterEvents>
  /** Resolves after `stop`; rejects when the master can't go on, e.g. because another one took office. */
  readonly ended: Promise<void>
  /** Ends sessions, releases ports and files; workloads run on. Idempotent. */
  stop(): Promise<void>
}

export interface Master {
  /** Opens everything, in order; on failure or abort everything opened is closed again. A second start is `failed-precondition`. */
  start(signal?: AbortSignal): Promise<RunningMaster>
}

const serverLifeMs = 90 * 86_400_000
const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Composes a master of adapters. Throws `invalid-argument` that says what is missing; nothing is opened before `start`. */
export function createMaster(options: MasterOptions): Master {
  checkMasterOptions(options)
  let started = false
  return {
    async start(signal = new AbortController().signal) {
      if (started) throw new PiccoloError('failed-precondition', 'This master was started before; make another with createMaster.')
      started = true
      const closing = closer()
      try {
        return await startMaster(options, closing, signal)
      } catch (error) {
        // Whatever can't be closed either, the person needs to know what went wrong first.
        await closing.close().catch((also: unknown) => { options.logger?.warn({ error: also }, 'something could not be closed after a failed start') })
        throw PiccoloError.from(error)
      }
    },
  }
}

async function startMaster(options: MasterOptions, closing: ReturnType<typeof closer>, signal: AbortSignal): Promise<RunningMaster> {
  const { cluster, clock = systemClock, random = systemRandom, digest = systemDigest, logger = silent } = options
  const adapterContext: AdapterContext = { clock, random, logger }
  const bus = eventBus<MasterEvents>(logger)
  const ending = new AbortController()
  const life = ending.signal

  const port = options.store(adapterContext)
  closing.add(() => port.close())
  await port.open(signal)
  const authority = options.auth.authority(adapterContext)
  closing.add(() => authority.close())
  await authority.open({ cluster }, signal)
  const authenticator = options.auth.authenticator(adapterContext)

  const { store, term, identity } = await takeUpOffice(port, cluster, adapterContext, signal)
  const context: MasterContext = { ...adapterContext, cluster, digest, store, term, log: eventLog({ term, clock, bus }) }
  const tasks: Promise<void>[] = []
  /** Its failure is heard even if it comes before the start is over. */
  const run = (task: { readonly ended: Promise<void> }): void => {
    task.ended.catch(() => undefined)
    tasks.push(task.ended)
  }
  closing.add(async () => {
    ending.abort()
    await Promise.allSettled(tasks)
  })
  const giveUp = (): void => { ending.abort() }
  signal.addEventListener('abort', giveUp, { once: true })
  closing.add(() => { signal.removeEventListener('abort', giveUp) })
  run({ ended: keepOffice({ store, term }, life) })
  const views = startViews(store, life)
  run(views)
  await views.ready

  const monitoring = monitoringServer(context, views, {
    timingsOf: (node) => timingsOf(views.nodes.entries.get(node)?.value, options.timings),
    startGraceMs: options.startGraceMs ?? Math.max(2 * timingProfiles.default.lostMs, 60_000),
    signal: life,
  })
  const states = stateManager(context, views)
  const actions = actionController(context, views, { acknowledgements: { generation: (node) => api.generation(node) }, signal: life })
  const gateway = filterGateway(context, views, { conditions: actions, signal: life })
  const api = apiServer(context, views, {
    clusterEpoch: identity.epoch,
    version,
    authority,
    authenticator,
    listed: options.nodes !== undefined,
    timings: options.timings,
    reports: states,
    life: monitoring,
    unplaced: () => actions.unplaced,
    settled: () => { if (views.releases.entries.size > 0) actions.wake() },
    derivePackageState,
    sessionAddress: () => listener.address,
  })
  for (const service of [monitoring, actions, gateway]) run(service)
  const nodeList = options.nodes === undefined ? undefined : await followNodeList(context, { ...placeOf(options, options.nodes), authority, signal: life })
  if (nodeList !== undefined) run(nodeList)

  const nowMs = clock.wallMs()
  const server = await authority.issueServer({
    cluster, names: options.names ?? ['localhost', '127.0.0.1', '::1'], notBeforeMs: nowMs - 5 * 60_000, notAfterMs: nowMs + serverLifeMs,
  }, signal)
  const tls: ServerTls = { identity: server, clientAuthoritiesPem: authority.authoritiesPem }
  const transport = options.transport(adapterContext)
  closing.add(() => transport.close())
  const listener = await transport.listen(tls, api.handlers, signal)

  const surfaces: { readonly address: string }[] = []
  for (const adapter of options.surfaces ?? []) {
    const surface = adapter({ ...adapterContext, cluster, operations: api.operations, authenticator, server: { identity: server, authoritiesPem: authority.authoritiesPem } })
    closing.add(() => surface.close())
    surfaces.push(await surface.start(signal))
  }

  throwIfAborted(signal)
  signal.removeEventListener('abort', giveUp)
  const stop = (): Promise<void> => closing.close()
  const ended = Promise.all(tasks).then(stop, async (error: unknown) => {
    logger.error({ error }, 'master can not go on')
    await stop().catch((also: unknown) => { logger.warn({ error: also }, 'something could not be closed') })
    throw PiccoloError.from(error)
  })
  ended.catch(() => undefined) // for those who do not ask
  logger.info({ cluster, term: String(term), address: listener.address }, 'master started')
  return { cluster, address: listener.address, surfaces, authoritiesPem: authority.authoritiesPem, events: bus, ended, stop, [Symbol.asyncDispose]: stop }
}

function placeOf({ disk }: MasterOptions, path: string): { readonly disk: NonNullable<MasterOptions['disk']>; readonly path: string; readonly shownAs: string } {
  if (disk !== undefined) return { disk, path, shownAs: path }
  const slash = path.lastIndexOf('/')
  return { disk: systemDisk(slash < 0 ? '.' : path.slice(0, slash + 1)), path: path.slice(slash + 1), shownAs: path }
}
