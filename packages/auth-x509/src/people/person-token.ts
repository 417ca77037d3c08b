import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const prefix = 'pcu1'

/** A bearer token of a person or program: `pcu1.<id>.<secret>`. */
export interface PersonToken {
  readonly id: string
  /** 160 random bits, lower-case hex. */
  readonly secret: string
}

export function newPersonToken(): PersonToken {
  return { id: randomBytes(6).toString('hex'), secret: randomBytes(20).toString('hex') }
}

export function personTokenText({ id, secret }: PersonToken): string {
  return [prefix, id, secret].join('.')
}

/** Undefined for anything but a whole token. */
export function parsePersonToken(text: string): PersonToken | undefined {
  const [, id, secret] = /^pcu1\.([a-z0-9]{8,64})\.([0-9a-f]{32,128})$/.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** One round of SHA-256 is enough for a secret of 160 random bits: there is nothing to guess, so nothing to slow down. */
export function hashPersonSecret(token: PersonToken): string {
  return createHash('sha256').update(personTokenText(token)).digest('hex')
}

export function isSecretOf(token: PersonToken, keptHash: string): boolean {
  const kept = Buffer.from(keptHash, 'hex')
  const given = Buffer.from(hashPersonSecret(token), 'hex')
  return kept.length === given.length && timingSafeEqual(kept, given)
}
