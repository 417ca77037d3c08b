import { PiccoloError, type PodsFacet, type PodState, type RuntimeScope } from '@piccolo/core/spi'
import type { PodmanApi } from '../engine/podman-api.js'
import { asArray, asObject, asText } from '../json.js'
import { inScope, labelKeys, scopeFilter } from '../labels.js'
import { podRequest } from './create-request.js'

/** Pods of one scope: an infra container holds the network that the others share. */
export function pods(api: PodmanApi, scope: RuntimeScope): PodsFacet {
  const list = async (signal: AbortSignal): Promise<readonly PodState[]> => {
    const { body } = await api.call({ method: 'GET', path: '/pods/json', query: { filters: scopeFilter(scope) }, doing: 'Listing pods', signal })
    return asArray(body).map(asObject).flatMap((pod) => {
      const labels = asObject(pod['Labels'])
      const id = asText(pod['Id'])
      const workload = asText(labels[labelKeys.workload])
      if (id === undefined || workload === undefined || !inScope(scope, labels)) return []
      return [{ id, workload, specDigest: asText(labels[labelKeys.spec]) ?? '' }]
    })
  }

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
      if (!(await list(signal)).some((pod) => pod.id === id)) return
      const doing = `Removing pod ${id.slice(0, 12)}`
      // A forced removal alone would first wait for every container to end by itself.
      await api.call({ method: 'POST', path: `/pods/${id}/kill`, query: { signal: 'KILL' }, doing, expect: [404, 409, 500], signal })
      await api.call({ method: 'DELETE', path: `/pods/${id}`, query: { force: true }, doing, expect: [404], signal })
    },
  }
}
