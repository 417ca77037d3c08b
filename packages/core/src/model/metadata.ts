import * as z from 'zod'
import { nameSchema } from './name.js'

const stringsSchema = z.record(z.string(), z.string())

export const metadataSchema = z.looseObject({
  name: nameSchema,
  labels: stringsSchema.nullish(),
  annotations: stringsSchema.nullish(),
  /** Pullpiri's own examples carry `label: null`. */
  label: z.unknown().optional(),
})
export type Metadata = z.infer<typeof metadataSchema>
