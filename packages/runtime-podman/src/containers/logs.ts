import { PiccoloError, type LogsFacet } from '@piccolo/core/spi'
import type { PodmanApi } from '../engine/podman-api.js'
import { logLines } from './log-frames.js'

/** Logs as conmon wrote them, by Podman's framed stream. */
export function logs(api: PodmanApi, isOurs: (id: string, signal: AbortSignal) => Promise<boolean>): LogsFacet {
  return {
    async *read(id, { follow, tail }, signal) {
      const doing = `Reading the log of container ${id.slice(0, 12)}`
      if (!(await isOurs(id, signal))) throw new PiccoloError('not-found', `${doing} failed: there is no such container.`)
      const query = { stdout: true, stderr: true, timestamps: true, follow, ...(tail === undefined ? {} : { tail }) }
      try {
        yield* logLines(api.stream({ method: 'GET', path: `/containers/${id}/logs`, query, doing, signal }))
      } catch (error) {
        if (!PiccoloError.is(error, 'aborted')) throw error // an aborted reader has had what it wanted
      }
    },
  }
}
