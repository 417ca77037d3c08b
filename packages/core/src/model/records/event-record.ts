import * as z from 'zod'

/** `events/<term>.<counter>` and `audit/<term>.<counter>`: append-only, in order of arrival. */
export const eventRecordSchema = z.looseObject({
  id: z.string(),
  /** Wall clock of whoever noticed it: the node's, if it is a node's. */
  atMs: z.number(),
  /** Wall clock of the master when it came in, if that is another. */
  arrivedAtMs: z.number().optional(),
  severity: z.enum(['debug', 'info', 'warning', 'critical']),
  type: z.string(),
  subject: z.string(),
  node: z.string().optional(),
  message: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})
export type EventRecord = z.infer<typeof eventRecordSchema>
