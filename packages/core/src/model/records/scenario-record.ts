import * as z from 'zod'
import { revisionSchema } from './revision.js'

/** `scenarios/<name>`: where one run of a Scenario stands. */
export const scenarioRecordSchema = z.looseObject({
  /** The artifact's revision this run belongs to: a new apply is a new run. */
  artifactRevision: revisionSchema,
  conditionValue: z.boolean(),
  phase: z.enum(['idle', 'waiting', 'satisfied', 'allowed', 'denied', 'completed']),
  reason: z.string().optional(),
})
export type ScenarioRecord = z.infer<typeof scenarioRecordSchema>
