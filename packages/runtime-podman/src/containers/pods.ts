import { PiccoloError, type PodsFacet, type PodState, type RuntimeScope } from '@piccolo/core/spi'
import type { PodmanApi } from '../engine/podman-api.js'
import { asArray, asObject, asText } from '../json.js'
import { inScope, labelKeys, scopeFilter } from '../labels.js'
import { podRequest } from './create-request.js'
import { isLost } from './lost-container.js'
import { unlessGone } from './unless-gone.js'

interface FoundPod extends PodState {
  /** Podman takes its infra container for running, but that is gone. */
  readonly lost: boolean
}

/** Pods of one scope: an infra container holds the network that the others share. */
export function pods(api: PodmanApi, scope: RuntimeScope): PodsFacet {
  const find = async (signal: AbortSignal): Promise<readonly FoundPod[]> => {
    const { body } = await api.call({ method: 'GET', path: '/pods/json', query: { filters: scopeFilter(scope) }, doing: 'Listing pods', signal })
    const found = asArray(body).map(asObject).flatMap((pod) => {
      const labels = asObject(pod['Labels'])
      const id = asText(pod['Id'])
      const workload = asText(labels[labelKeys.workload])
      if (id === undefined || workload === undefined || !inScope(scope, labels)) return []
      return [{ id, workload, specDigest: asText(labels[labelKeys.spec]) ?? '', infraId: asText(pod['InfraId']) }]
    })
    return Promise.all(found.map(async ({ infraId, ...pod }) => ({ ...pod, lost: infraId !== undefined && (await isLostInfra(infraId, signal)) })))
  }

  const isLostInfra = async (id: string, signal: AbortSignal): Promise<boolean> => {
    const answer = await unlessGone(api.call({ method: 'GET', path: `/containers/${id}/json`, doing: `Inspecting container ${id.slice(0, 12)}`, signal }))
    return asText(asObject(asObject(answer?.body)['State'])['Status']) === 'running' && isLost(answer?.body)
  }

  /** In a lost pod nothing can be started any more: it is shown as one of no spec, so that it is made anew. */
  const list = async (signal: AbortSignal): Promise<readonly PodState[]> =>
    (await find(signal)).map(({ lost, ...pod }) => (lost ? { ...pod, specDigest: '' } : pod))

  return {
    list,
    async create(spec, signal) {
      const doing = `Creating pod ${spec.name}`
      try {
        const { body } = await api.call({ method: 'POST', path: '/pods/create', body: podRequest(spec, scope), doing, signal })
        const id = asText(asObject(body)['Id'])
        if (id === undefined) throw new PiccoloError('internal', `${doing}: Podman answered without an id.`)
        return id
      } catch (error) {
        if (!PiccoloError.is(error, 'already-exists')) throw error
        const holder = (await list(signal)).find(({ workload }) => workload === spec.workload)
        if (holder === undefined) throw error
        throw new PiccoloError('already-exists', error.message, { details: { ...error.details, id: holder.id }, cause: error })
      }
    },
    async remove(id, signal) {
      const pod = (await find(signal)).find((each) => each.id === id)
      if (pod === undefined) return
      const doing = `Removing pod ${id.slice(0, 12)}`
      // A forced removal alone would first wait for every container to end by itself.
      await api.call({ method: 'POST', path: `/pods/${id}/kill`, query: { signal: 'KILL' }, doing, expect: [404, 409, 500], signal })
      // With a grace Podman would wait 5 s for word of a conmon that was killed, as long as nobody has waited for its corpse.
      const query = { force: true, timeout: 0 }
      const remove = (): Promise<unknown> => unlessGone(api.call({ method: 'DELETE', path: `/pods/${id}`, query, doing, signal }))
      // Of a lost pod the first attempt finds out that its containers have ended, the second one that their infra container has.
      await (pod.lost ? remove().catch(remove).catch(remove) : remove())
    },
  }
}
