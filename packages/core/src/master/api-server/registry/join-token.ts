import { hex } from '../../../protocol/hex.js'
import { joinTokenPrefix, parseJoinToken } from '../../../protocol/join-token.js'
import type { Digest, Random } from '../../../spi/ambient.js'

export { parseJoinToken as parseToken }

const idBytes = 6
const secretBytes = 20

/** A fresh token for the authority with this key pin. Only `id` and the hash of `secret` are to be kept. */
export function mintToken(random: Random, pin: string): { readonly id: string; readonly secret: string; readonly text: string } {
  const id = hex(random.bytes(idBytes))
  const secret = hex(random.bytes(secretBytes))
  return { id, secret, text: [joinTokenPrefix, id, secret, pin].join('.') }
}

/** How a secret is kept. One round of SHA-256 is enough: it has 160 random bits, there is nothing to guess. The id keeps hashes from being swapped. */
export function hashSecret(digest: Digest, token: { readonly id: string; readonly secret: string }): string {
  return digest.sha256(`${joinTokenPrefix}.${token.id}.${token.secret}`)
}

/** Whether this is the token whose hash was kept; takes the same time wherever they differ. */
export function secretMatches(digest: Digest, token: { readonly id: string; readonly secret: string }, keptHash: string): boolean {
  return equalInConstantTime(hashSecret(digest, token), keptHash)
}

function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}
