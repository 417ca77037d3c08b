import * as z from 'zod'
import { documentSchema } from './document.js'
import { nameSchema } from './name.js'
import { nodeRoleSchema, nodeTypeSchema } from './node-list.js'

/** Whom a document is for: every field that is given must fit. Empty or absent: every node. */
const selectorSchema = z.strictObject({
  node: nameSchema.nullish(),
  type: nodeTypeSchema.nullish(),
  role: nodeRoleSchema.nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  /** Of these, the workloads of a Package, or one Model of it. */
  package: nameSchema.nullish(),
  model: nameSchema.nullish(),
})

/** Ours: data for nodes or workloads, by selector. A name stands for one file or variable. */
export const configSchema = documentSchema('Config', z.strictObject({
  selector: selectorSchema.nullish(),
  /** Between documents of one layer, the higher wins. Default 0. */
  priority: z.int('expected a whole number').min(-1000, 'expected a number from -1000 to 1000').max(1000, 'expected a number from -1000 to 1000').nullish(),
  data: z.record(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/, 'expected letters, digits, "-", "_" or ".", not beginning with a dot'), z.unknown()),
}))
export type Config = z.infer<typeof configSchema>
