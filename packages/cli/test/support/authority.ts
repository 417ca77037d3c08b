import { join } from 'node:path'
import { x509Authority } from '@piccolo/auth-x509'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'
import { nowMs } from './fake-client.js'

const { signal } = new AbortController()

/** What a master's first start leaves in its directory; answers the pin. */
export async function foundAuthority(directory: string, cluster = 'demo'): Promise<string> {
  const authority = x509Authority({ directory: join(directory, 'ca') })({ clock: manualClock(nowMs), random: seededRandom(1), logger: silentLogger })
  await authority.open({ cluster }, signal)
  const { publicKeyPin } = authority
  await authority.close()
  return publicKeyPin
}
