import { Resolver } from 'node:dns/promises'
import { PiccoloError, throwIfAborted } from '../errors/index.js'

export interface SrvDiscoveryOptions {
  /** Name servers, `address` or `address:port`. Default: the system's. */
  readonly servers?: readonly string[]
}

/**
 * Finds masters by DNS SRV records, e.g. `srvDiscovery('_piccolo._tcp.line-7.example')`: targets and ports by priority, then by weight.
 * For an agent's `master`. Names are no proof of anything: whom to trust is in the join token, and in the certificate later.
 */
export function srvDiscovery(name: string, { servers }: SrvDiscoveryOptions = {}): (signal: AbortSignal) => Promise<readonly string[]> {
  return async (signal) => {
    throwIfAborted(signal)
    const resolver = new Resolver()
    if (servers !== undefined) resolver.setServers(servers)
    const cancel = (): void => { resolver.cancel() }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const records = await resolver.resolveSrv(name)
      return records.sort((a, b) => a.priority - b.priority || b.weight - a.weight).map(({ name: host, port }) => `${host}:${String(port)}`)
    } catch (cause) {
      throwIfAborted(signal)
      throw new PiccoloError('unavailable', `The SRV records of ${name} could not be resolved: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause })
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}
