import { PiccoloError, throwIfAborted } from '../errors/index.js'
import { eventBus, type EventSource, type MasterEvents } from '../events/index.js'
import { timingProfiles } from '../protocol/index.js'
import type { AdapterContext, Logger, ServerTls, StateStore } from '../spi/index.js'
import { systemClock, systemDigest, systemDisk, systemRandom } from '../system/index.js'
import { rememberAuthority } from './authority-news.js'
import { actionController } from './action-controller/action-controller.js'
import { apiServer, type ApiServer } from './api-server/api-server.js'
import { followNodeList } from './api-server/registry/node-list.js'
import { timingsOf } from './api-server/registry/timings-of.js'
import type { MasterContext } from './context.js'
import { eventLog } from './event-log.js'
import { filterGateway } from './filter-gateway/filter-gateway.js'
import { checkMasterOptions, defaultLifeMs, type MasterOptions } from './master-options.js'
import { monitoringServer } from './monitoring-server/monitoring-server.js'
import { findCluster, keepOffice, takeUpOffice } from './office.js'
import { closer, type Closer } from './closer.js'
import { openAuth, type Auth } from './open-auth.js'
import { repeats } from './repeats.js'
import { requestTrail } from './request-trail.js'
import { retention } from './retention/retention.js'
import { retentionRules } from './retention/rules.js'
import { serverIdentity, type ServerIdentity } from './server-identity.js'
import { derivePackageState } from './state-manager/derive-state.js'
import { stateManager } from './state-manager/state-manager.js'
import { tables } from './tables.js'
import { taskGroup, type TaskGroup } from './task-group.js'
import { keepTime } from './time/keep-time.js'
import { trustedClock, type TrustedClock } from './time/trusted-clock.js'
import { startViews, type Views } from './views.js'
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
  /**
   * Tells the master that the machine's wall clock is right now, e.g. because a time server or a satellite has set it: it goes by that from
   * now on. Otherwise it believes the wall clock at its start only, and only if that is not behind what it knows to have passed.
   */
  clockIsRight(): void
  /** Ends sessions, releases ports and files; workloads run on. Idempotent. */
  stop(): Promise<void>
}

export interface Master {
  /** Opens everything, in order; on failure or abort everything opened is closed again. A second start is `failed-precondition`. */
  start(signal?: AbortSignal): Promise<RunningMaster>
}

const defaultNames = ['localhost', '127.0.0.1', '::1']
/** What the next start is told of the time is worth no longer wait than this. */
const storeTimeMs = 1_000
const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/**
 * Composes a master of adapters. Throws `invalid-argument` that says what is missing; nothing is opened before `start`.
 *
 * @example
 * ```ts
 * import { createMaster } from '@piccolo/core'
 * import { x509Auth } from '@piccolo/auth-x509'
 * import { embeddedStore } from '@piccolo/store-embedded'
 * import { grpcTransport } from '@piccolo/transport-grpc'
 *
 * await using master = await createMaster({
 *   cluster: 'line-7',
 *   transport: grpcTransport({ listen: '0.0.0.0:47100' }),
 *   store: embeddedStore({ directory: '/var/lib/line-7/store' }),
 *   auth: x509Auth({ directory: '/var/lib/line-7/ca' }),
 * }).start()
 * ```
 */
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

async function startMaster(options: MasterOptions, closing: Closer, signal: AbortSignal): Promise<RunningMaster> {
  const { cluster, clock = systemClock, random = systemRandom, digest = systemDigest, logger = silent } = options
  const adapterContext: AdapterContext = { clock, random, logger }
  const bus = eventBus<MasterEvents>(logger)
  const { unfenced, identity } = await findCluster(await openStore(options, { adapterContext, closing, signal }), cluster, adapterContext, signal)
  // From here on there is one time for all: the wall clock is looked at no more.
  const time = trustedClock(clock, (await tables.time.get(unfenced, 'time', { signal }))?.value)
  const auth = await openAuth(options, { adapterContext: { clock: time, random, logger }, store: unfenced, closing, signal })
  const { authority } = auth
  const { store, term } = await takeUpOffice(unfenced, adapterContext)
  const context: MasterContext = { clock: time, random, logger, cluster, digest, store, term, log: eventLog({ term, clock: time, bus }), trail: requestTrail() }
  closing.add(() => storeTime(context, time))
  await rememberAuthority(context, authority, signal)

  const tasks = taskGroup(closing, signal)
  tasks.add({ ended: keepOffice({ store, term }, tasks.signal) })
  const views = startViews(store, tasks.signal)
  tasks.add(views)
  await views.ready
  const keeper = keepTime(context, time, tasks.signal)
  tasks.add(keeper)
  const issueFromMs = (): number => time.record().highestMs
  const api = startServices(options, { context, views, tasks, auth, issueFromMs, clusterEpoch: identity.epoch, sessionAddress: () => doors.address })
  await api.catchUpOnPeople(signal)
  if (options.nodes !== undefined) tasks.add(await followNodeList(context, views, { ...placeOf(options, options.nodes), authority, signal: tasks.signal }))
  const server = await serverIdentity(context, { authority, names: options.names ?? defaultNames, issueFromMs, lifeMs: options.certificateLifeMs ?? defaultLifeMs, signal: tasks.signal }, signal)
  tasks.add(server)
  const doors = await openDoors(options, { adapterContext: context, server, api, closing, signal })

  throwIfAborted(signal)
  tasks.started()
  const stop = (): Promise<void> => closing.close()
  const ended = tasks.all().then(stop, async (error: unknown) => {
    logger.error({ error }, 'master can not go on')
    await stop().catch((also: unknown) => { logger.warn({ error: also }, 'something could not be closed') })
    throw PiccoloError.from(error)
  })
  ended.catch(() => undefined) // for those who do not ask
  logger.info({ cluster, term: String(term), address: doors.address }, 'master started')
  const clockIsRight = (): void => {
    time.follow()
    keeper.followed()
  }
  return {
    cluster, ...doors, events: bus, ended, stop, clockIsRight,
    get authoritiesPem() {
      return authority.authoritiesPem
    },
    [Symbol.asyncDispose]: stop,
  }
}

interface Opening {
  readonly adapterContext: AdapterContext
  readonly closing: Closer
  readonly signal: AbortSignal
}

async function openStore({ store: adapter }: MasterOptions, { adapterContext, closing, signal }: Opening): Promise<StateStore> {
  const store = adapter(adapterContext)
  closing.add(() => store.close())
  await store.open(signal)
  return store
}

interface Ground {
  readonly context: MasterContext
  readonly views: Views
  readonly tasks: TaskGroup
  readonly auth: Auth
  readonly issueFromMs: () => number
  readonly clusterEpoch: string
  readonly sessionAddress: () => string
}

/** The five services, each handed what it needs of the others. */
function startServices(options: MasterOptions, { context, views, tasks, auth, issueFromMs, clusterEpoch, sessionAddress }: Ground): ApiServer {
  const { signal } = tasks
  const monitoring = monitoringServer(context, views, {
    timingsOf: (node) => timingsOf(views.nodes.entries.get(node)?.value, options.timings),
    startGraceMs: options.startGraceMs ?? Math.max(2 * timingProfiles.default.lostMs, 60_000),
    signal,
  })
  const actions = actionController(context, views, { acknowledgements: { generation: (node) => api.generation(node) }, signal })
  const folded = repeats(context, signal)
  const gateway = filterGateway(context, views, { conditions: actions, signal })
  const api = apiServer(context, views, {
    clusterEpoch,
    version,
    authority: auth.authority,
    authenticator: auth.authenticator,
    listed: options.nodes !== undefined,
    manual: options.joining === 'manual',
    issueFromMs,
    lifeMs: options.certificateLifeMs ?? defaultLifeMs,
    timings: options.timings,
    reports: stateManager(context, views),
    life: monitoring,
    unplaced: () => actions.unplaced,
    settled: () => { if (views.releases.entries.size > 0) actions.wake() },
    derivePackageState,
    sessionAddress,
    repeats: folded,
    signals: gateway,
  })
  const past = retention(context, views, { rules: retentionRules(options.retention), signal })
  for (const task of [monitoring, actions, gateway, past, folded]) tasks.add(task)
  return api
}

/** Where nodes and people come in: last, when all is ready for them. */
async function openDoors(options: MasterOptions, { adapterContext: { clock, random, logger }, server, api, closing, signal }: Opening & { readonly server: ServerIdentity; readonly api: ApiServer }): Promise<Pick<RunningMaster, 'address' | 'surfaces'>> {
  const { cluster } = options
  const transport = options.transport({ clock, random, logger })
  closing.add(() => transport.close())
  const tlsOf = ({ identity, authoritiesPem }: ServerIdentity['current']): ServerTls => ({ identity, clientAuthoritiesPem: authoritiesPem })
  const listener = await transport.listen(tlsOf(server.current), api.handlers, signal)
  server.onRenewed((material) => { listener.updateTls(tlsOf(material)) })
  const surfaces: { readonly address: string }[] = []
  for (const adapter of options.surfaces ?? []) {
    const surface = adapter({ clock, random, logger, cluster, operations: api.operations, door: api.door, server: server.current })
    closing.add(() => surface.close())
    surfaces.push(await surface.start(signal))
    server.onRenewed((material) => { surface.updateTls?.(material) })
  }
  return { address: listener.address, surfaces }
}

/** For a start on a board that does not know the time. What can't be kept now was kept a day ago at most. */
async function storeTime({ store, logger }: MasterContext, time: TrustedClock): Promise<void> {
  await store.commit({ mutations: [tables.time.put('time', time.record())] }, { deadlineMs: storeTimeMs }).catch((error: unknown) => {
    logger.debug({ reason: PiccoloError.from(error).message }, 'the time could not be kept')
  })
}

function placeOf({ disk }: MasterOptions, path: string): { readonly disk: NonNullable<MasterOptions['disk']>; readonly path: string; readonly shownAs: string } {
  if (disk !== undefined) return { disk, path, shownAs: path }
  const slash = path.lastIndexOf('/')
  return { disk: systemDisk(slash < 0 ? '.' : path.slice(0, slash + 1)), path: path.slice(slash + 1), shownAs: path }
}
