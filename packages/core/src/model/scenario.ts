import * as z from 'zod'
import { documentSchema } from './document.js'
import { nameSchema } from './name.js'

/** What must be so of a signal. `operands.value` is its topic, `operands.name` its field. */
export const conditionSchema = z
  .looseObject({
    express: z.enum(['eq', 'lt', 'le', 'ge', 'gt']),
    value: z.string('expected text; put numbers and booleans in quotes'),
    operands: z.looseObject({ type: z.literal('DDS'), name: z.string(), value: z.string() }),
  })
  .superRefine(({ express, value, operands: { value: topic, name: field } }, context) => {
    const name = `${topic}#${field}`
    if (topic === '' || /[\p{Cc}\p{Surrogate}=]/u.test(name) || new TextEncoder().encode(name).byteLength > 256) {
      context.addIssue({ code: 'custom', path: ['operands', 'value'], message: 'expected a topic which, with its field, is the name of a signal: at most 256 bytes, without "=" and control characters' })
    }
    if (express === 'eq' || (value.trim() !== '' && Number.isFinite(Number(value)))) return
    context.addIssue({ code: 'custom', path: ['value'], message: `expected a number, which is what ${express} compares, found ${JSON.stringify(value.slice(0, 60))}` })
  })
export type Condition = z.infer<typeof conditionSchema>

export const scenarioSchema = documentSchema('Scenario', z.looseObject({
  /** Absent or null: satisfied at once. */
  condition: conditionSchema.nullish(),
  action: z.enum(['launch', 'terminate', 'update', 'rollback']),
  /** Name of a Package. */
  target: nameSchema,
}))
export type Scenario = z.infer<typeof scenarioSchema>
