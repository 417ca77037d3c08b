import * as z from 'zod'
import { nodeRecordSchema } from './node-record.js'

/** `approvals/<key>`: a key that has proven itself and waits for a person. */
export const approvalRecordSchema = z.looseObject({
  /** SHA-256 of the public key. */
  key: z.string(),
  node: z.string(),
  /** `manual`: every new node is approved here. `other-key`: the node has a key already. `expired`: it was away for too long. */
  reason: z.enum(['manual', 'other-key', 'expired']),
  requestedAtMs: z.number(),
  address: z.string(),
  hostname: z.string().optional(),
  token: z.string().optional(),
  /** The registration it gets if there is none by then; its key not yet in it. */
  registration: nodeRecordSchema.optional(),
})
export type ApprovalRecord = z.infer<typeof approvalRecordSchema>
