import { PiccoloError } from '../../errors/index.js'

const dayMs = 86_400_000

/** What a master keeps of the past, at most. Whatever comes first counts; what is older goes, oldest first. */
export interface RetentionRules {
  /** Age of an event since its arrival, in milliseconds. Default: 7 days. */
  readonly eventsMs: number
  /** Events of one node, and events that are of no node. Default 10,000. */
  readonly eventsPerNode: number
  /** Age of an entry of the audit log, in milliseconds. Default: 365 days. */
  readonly auditMs: number
  /** Entries of what was done, and entries of what was refused: neither pushes out the other. Default 10,000. */
  readonly auditEntries: number
  /** Past versions of one artifact, beside those that a deployment stands on or could go back to. Default 10. */
  readonly historyPerArtifact: number
  /** Past versions of artifacts that were deleted, in all. Default 100. */
  readonly historyOfDeleted: number
  /** How long a join token is remembered once it was used or has expired, in milliseconds. Default: 7 days. */
  readonly tokensMs: number
}

export const retentionDefaults: RetentionRules = {
  eventsMs: 7 * dayMs,
  eventsPerNode: 10_000,
  auditMs: 365 * dayMs,
  auditEntries: 10_000,
  historyPerArtifact: 10,
  historyOfDeleted: 100,
  tokensMs: 7 * dayMs,
}

/** Throws `invalid-argument` for a limit that is none. */
export function retentionRules(given: Partial<RetentionRules> = {}): RetentionRules {
  for (const [name, value] of Object.entries(given)) {
    if (!(name in retentionDefaults)) throw new PiccoloError('invalid-argument', `createMaster's "retention" knows no "${name}"; it takes ${Object.keys(retentionDefaults).join(', ')}.`)
    if (typeof value !== 'number' || !(value >= 1)) throw new PiccoloError('invalid-argument', `createMaster's "retention.${name}" must be a number of at least 1.`)
  }
  return { ...retentionDefaults, ...given }
}
