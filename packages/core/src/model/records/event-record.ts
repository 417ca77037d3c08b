import * as z from 'zod'

/** `events/<term>.<counter>` and `audit/<term>.<counter>`: append-only, in order of arrival. */
export const eventRecordSchema = z.looseObject({
  id: z.string(),
  atMs: z.number(),
  severity: z.enum(['debug', 'info', 'warning', 'critical']),
  type: z.string(),
  subject: z.string(),
  node: z.string().optional(),
  message: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})
export type EventRecord = z.infer<typeof eventRecordSchema>
