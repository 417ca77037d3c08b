import * as z from 'zod'
import { documentSchema } from './document.js'

/** Pullpiri's Node document: what a board is said to be. Kept and shown; who may join is decided by node.yaml and tokens. */
export const nodeSchema = documentSchema('Node', z.looseObject({
  role: z.string().nullish(),
  ip_address: z.string().nullish(),
  hostname: z.string().nullish(),
  resources: z.looseObject({
    cpu_cores: z.number().nullish(),
    memory_mb: z.number().nullish(),
    disk_gb: z.number().nullish(),
    architecture: z.string().nullish(),
    os_version: z.string().nullish(),
  }).nullish(),
  cluster_id: z.string().nullish(),
}))
export type Node = z.infer<typeof nodeSchema>
