import * as z from 'zod'
import { documentSchema } from './document.js'
import { nameSchema } from './name.js'

export const conditionSchema = z.looseObject({
  express: z.enum(['eq', 'lt', 'le', 'ge', 'gt']),
  value: z.string(),
  operands: z.looseObject({ type: z.literal('DDS'), name: z.string(), value: z.string() }),
})

export const scenarioSchema = documentSchema('Scenario', z.looseObject({
  /** Absent or null: satisfied at once. */
  condition: conditionSchema.nullish(),
  action: z.enum(['launch', 'terminate', 'update', 'rollback']),
  /** Name of a Package. */
  target: nameSchema,
}))
export type Scenario = z.infer<typeof scenarioSchema>
