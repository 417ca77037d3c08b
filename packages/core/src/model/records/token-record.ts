import * as z from 'zod'
import { nodeRoleSchema, nodeTypeSchema } from '../node-list.js'

/** `tokens/<id>`: a join token; its secret is stored hashed only. */
export const tokenRecordSchema = z.looseObject({
  id: z.string(),
  secretHash: z.string(),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
  nodeId: z.string().optional(),
  type: nodeTypeSchema.optional(),
  role: nodeRoleSchema.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  /** Addresses or ranges (CIDR) it may be used from; absent = anywhere. */
  addresses: z.array(z.string()).optional(),
  revoked: z.looseObject({ atMs: z.number(), by: z.string() }).optional(),
  used: z.looseObject({ nodeId: z.string(), key: z.string(), atMs: z.number() }).optional(),
})
export type TokenRecord = z.infer<typeof tokenRecordSchema>
