import * as z from 'zod'
import { nodeRoleSchema, nodeTypeSchema } from '../node-list.js'

/** `nodes/<id>`: a node that may join or has joined. */
export const nodeRecordSchema = z.looseObject({
  id: z.string(),
  type: nodeTypeSchema,
  role: nodeRoleSchema,
  labels: z.record(z.string(), z.string()),
  profile: z.enum(['lan', 'default', 'cellular']).optional(),
  /** Whether node.yaml names it or a token brought it. */
  source: z.enum(['node.yaml', 'token']),
  /** Where it may enrol from, if that was said. */
  ip: z.string().optional(),
  hostname: z.string().optional(),
  /** SHA-256 of the public keys it may prove itself with; empty = expected, has not enrolled yet. */
  keys: z.array(z.string()),
  registeredAtMs: z.number(),
  /** End of the certificate issued last. */
  certifiedUntilMs: z.number().optional(),
  cordoned: z.boolean(),
  /** Why it gets no session although it is registered; absent = it does. */
  standing: z.looseObject({
    state: z.enum(['quarantined', 'revoked']),
    atMs: z.number(),
    /** Who decided it, for people. */
    by: z.string(),
    reason: z.string(),
    /** With `revoked`: what it was told to do with its workloads. */
    workloads: z.enum(['keep', 'stop']).optional(),
  }).optional(),
})
export type NodeRecord = z.infer<typeof nodeRecordSchema>
