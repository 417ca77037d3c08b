import * as z from 'zod'
import { documentSchema } from './document.js'
import { nameSchema } from './name.js'

export const packageModelSchema = z.looseObject({
  /** Name of a Model; also the workload's name on its node. */
  name: nameSchema,
  node: nameSchema,
  resources: z.looseObject({ volume: nameSchema.nullish(), network: nameSchema.nullish() }).nullish(),
})

export const packageSchema = documentSchema('Package', z.looseObject({
  pattern: z.array(z.looseObject({ type: z.string() })).nullish(),
  models: z.array(packageModelSchema).min(1, 'expected at least one model'),
  policy: nameSchema.nullish(),
  schedule: nameSchema.nullish(),
}))
export type Package = z.infer<typeof packageSchema>
