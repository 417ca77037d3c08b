import * as z from 'zod'
import { documentSchema } from './document.js'
import { nameSchema } from './name.js'

/** Per cent of what a node has, as a number or with its sign: `80`, `"80%"`. */
const percentSchema = z.union([z.number(), z.string()]).refine((value) => {
  const match = /^(\d+(?:\.\d+)?)%?$/.exec(String(value).trim())
  return match !== null && Number(match[1]) <= 100
}, 'expected per cent from 0 to 100')

/** Where the workloads of a Package may be, and what is done when a node runs short. */
export const policySchema = documentSchema('Policy', z.looseObject({
  placement: z.looseObject({ availableNodes: z.array(nameSchema).nullish() }).nullish(),
  procedure: z.looseObject({
    type: z.string().nullish(),
    strategy: z.string().nullish(),
    trigger: z.looseObject({
      resourceThreshold: z.looseObject({ cpu: percentSchema.nullish(), memory: percentSchema.nullish() }).nullish(),
    }).nullish(),
  }).nullish(),
}))
export type Policy = z.infer<typeof policySchema>
