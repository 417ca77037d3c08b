import { PiccoloError, throwIfAborted, type ContainerSpec, type ContainerState, type RuntimeScope } from '@piccolo/core/spi'
import type { ApiCall, PodmanApi } from '../engine/podman-api.js'
import { asArray, asObject, asText } from '../json.js'
import { isContainerInScope, scopeFilter } from '../labels.js'
import { containerState } from './container-state.js'
import { containerRequest } from './create-request.js'
import { isLost, lostState } from './lost-container.js'
import { unlessGone } from './unless-gone.js'

const inspectsAtOnce = 8
const uncut = new AbortController().signal

/** The containers of one scope. */
export class Containers {
  readonly #api: PodmanApi
  readonly #scope: RuntimeScope
  readonly #settings: { readonly logSizeBytes: number; readonly callDeadlineMs: number }
  /** Ids known to be in scope: an id's labels never change, so it needs no second look. */
  readonly #own = new Set<string>()

  constructor(api: PodmanApi, scope: RuntimeScope, settings: { readonly logSizeBytes: number; readonly callDeadlineMs: number }) {
    this.#api = api
    this.#scope = scope
    this.#settings = settings
  }

  async create(spec: ContainerSpec, signal: AbortSignal): Promise<string> {
    const doing = `Creating container ${spec.name} from ${spec.image}`
    try {
      const { body } = await this.#api.call({
        method: 'POST', path: '/containers/create', body: containerRequest(spec, this.#scope, this.#settings), doing, signal,
      })
      const id = asText(asObject(body)['Id'])
      if (id === undefined) throw new PiccoloError('internal', `${doing}: Podman answered without an id.`)
      this.#own.add(id)
      return id
    } catch (error) {
      if (!PiccoloError.is(error, 'already-exists')) throw error
      const holder = await this.inspect(spec.name, signal)
      if (holder?.name !== spec.name) throw error
      throw new PiccoloError('already-exists', error.message, { details: { ...error.details, id: holder.id }, cause: error })
    }
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    const doing = `Starting container ${short(id)}`
    if (!(await this.#owns(id, signal))) throw new PiccoloError('not-found', `${doing} failed: there is no such container. Create it again.`)
    throwIfAborted(signal)
    // Not to be aborted any more: cut off while it starts a container, Podman leaves a conmon behind that nobody ends.
    await this.#api.call({ method: 'POST', path: `/containers/${id}/start`, doing, signal: uncut })
    // Podman takes what it believes to run for started.
    const state = await this.inspect(id, uncut)
    if (state?.phase === 'exited' && state.exitCode === undefined) throw new PiccoloError('failed-precondition', `${doing} failed: its process is gone and Podman does not know it. Create it again.`)
  }

  async stop(id: string, { graceMs }: { readonly graceMs: number }, signal: AbortSignal): Promise<void> {
    if (!(await this.#owns(id, signal))) return
    // Podman counts in whole seconds.
    const timeout = Math.ceil(Math.max(0, graceMs) / 1_000)
    await this.#end(id, {
      path: `/containers/${id}/stop`, query: { timeout }, doing: `Stopping container ${short(id)}`, signal,
      deadlineMs: timeout * 1_000 + this.#settings.callDeadlineMs,
    })
  }

  async kill(id: string, signal: AbortSignal): Promise<void> {
    if (!(await this.#owns(id, signal))) return
    await this.#end(id, { path: `/containers/${id}/kill`, query: { signal: 'KILL' }, doing: `Killing container ${short(id)}`, signal })
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    if (!(await this.#owns(id, signal))) return
    // By force Podman would take away a container that it is asked to stop, and leave its process running for ever.
    await this.kill(id, signal)
    const query = { force: true, timeout: 0, v: true }
    const removal = { method: 'DELETE', path: `/containers/${id}`, query, doing: `Removing container ${short(id)}`, signal } as const
    try {
      await unlessGone(this.#api.call(removal))
    } catch (error) {
      // Of a lost container the first attempt finds out that it has ended, the second one takes it away.
      if ((await this.inspect(id, signal))?.phase !== 'exited') throw error
      await unlessGone(this.#api.call(removal))
    }
    this.#own.delete(id)
  }

  async list(signal: AbortSignal): Promise<readonly ContainerState[]> {
    const { body } = await this.#api.call({
      method: 'GET', path: '/containers/json', query: { all: true, filters: scopeFilter(this.#scope) }, doing: 'Listing containers', signal,
    })
    const ids = asArray(body).map(asObject).flatMap((one) => (isContainerInScope(this.#scope, one['Labels']) ? [asText(one['Id']) ?? ''] : []))
    const states: ContainerState[] = []
    // The list has times in seconds and may be behind; inspect looks at each container as it is.
    for (let from = 0; from < ids.length; from += inspectsAtOnce) {
      const some = await Promise.all(ids.slice(from, from + inspectsAtOnce).map((id) => this.inspect(id, signal)))
      for (const state of some) if (state !== undefined) states.push(state)
    }
    return states
  }

  async inspect(idOrName: string, signal: AbortSignal): Promise<ContainerState | undefined> {
    const path = `/containers/${encodeURIComponent(idOrName)}/json`
    const answer = await unlessGone(this.#api.call({ method: 'GET', path, doing: `Inspecting container ${short(idOrName)}`, signal }))
    if (answer === undefined || !isContainerInScope(this.#scope, asObject(asObject(answer.body)['Config'])['Labels'])) return undefined
    const state = containerState(answer.body)
    if (state === undefined) return undefined
    this.#own.add(state.id)
    return state.phase === 'running' && (await isLost(answer.body)) ? lostState(state) : state
  }

  /** What was seen to go is forgotten. */
  forget(id: string): void {
    this.#own.delete(id)
  }

  /** Ends a container that may have ended meanwhile. */
  async #end(id: string, call: Omit<ApiCall, 'method'>): Promise<void> {
    try {
      await unlessGone(this.#api.call({ method: 'POST', ...call }))
    } catch (error) {
      // Podman refuses to end what does not run in more ways than one.
      const state = PiccoloError.is(error, 'aborted') ? undefined : await this.inspect(id, call.signal)
      if (state?.phase !== 'exited' && state?.phase !== 'created') throw error
    }
  }

  async #owns(id: string, signal: AbortSignal): Promise<boolean> {
    throwIfAborted(signal)
    return this.#own.has(id) || (await this.inspect(id, signal)) !== undefined
  }
}

/** Ids as people see them in `podman ps`. */
function short(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id
}
