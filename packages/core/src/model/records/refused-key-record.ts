import * as z from 'zod'

/** `refused-keys/<key>`: a key that is never let in again. What is revoked is a key; the name may be given to another one. */
export const refusedKeyRecordSchema = z.looseObject({
  /** SHA-256 of the public key. */
  key: z.string(),
  node: z.string(),
  /** `replaced`: another key of the same node took its place. */
  why: z.enum(['revoked', 'denied', 'replaced']),
  atMs: z.number(),
  by: z.string(),
  /** For people. */
  reason: z.string(),
  /** What its holder is to do with its workloads. */
  workloads: z.enum(['keep', 'stop']),
})
export type RefusedKeyRecord = z.infer<typeof refusedKeyRecordSchema>
