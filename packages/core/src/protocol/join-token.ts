import { PiccoloError } from '../errors/index.js'

/** What a node is given to join with: `pcl1.<id>.<secret>.<pin>`. */
export interface JoinToken {
  /** Names the token in the registry; not secret. */
  readonly id: string
  /** At least 128 bits, lower-case hex. */
  readonly secret: string
  /** SHA-256 of the authority's public key (SPKI), lower-case hex: whom the secret may be told. */
  readonly pin: string
}

/** Version of the format, first part of every token. */
export const joinTokenPrefix = 'pcl1'

/** Reads a token as a person pasted it: white space around it is ignored. `invalid-argument` says what is wrong, never the token itself. */
export function parseJoinToken(text: string): JoinToken {
  const [prefix, id, secret, pin, ...rest] = text.trim().split('.')
  if (prefix !== joinTokenPrefix) throw refused(`it does not begin with "${joinTokenPrefix}."`)
  if (id === undefined || secret === undefined || pin === undefined) throw refused('it is truncated: four parts were expected')
  if (rest.length > 0) throw refused('it has more than four parts')
  if (!/^[a-z0-9]{8,64}$/.test(id)) throw refused('its id is damaged')
  if (!/^[0-9a-f]{32,128}$/.test(secret)) throw refused('its secret is damaged')
  if (pin.length !== 64) throw refused(`its last part has ${String(pin.length)} characters instead of 64: it was cut off or run together with something else`)
  if (!/^[0-9a-f]{64}$/.test(pin)) throw refused('its last part is not lower-case hex')
  return { id, secret, pin }
}

function refused(reason: string): PiccoloError {
  return new PiccoloError('invalid-argument', `The join token can't be used: ${reason}. Copy it whole, or make a new one on the master with \`piccolo token create\`.`)
}
