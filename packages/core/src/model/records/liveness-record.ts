import * as z from 'zod'

/** `liveness/<node>`: transitions only. */
export const livenessRecordSchema = z.looseObject({
  phase: z.enum(['pending', 'ready', 'notReady', 'maintenance', 'disconnected', 'lost', 'terminating']),
  reasons: z.array(z.string()),
  sinceMs: z.number(),
})
export type LivenessRecord = z.infer<typeof livenessRecordSchema>
