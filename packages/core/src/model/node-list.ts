import * as z from 'zod'
import { nameSchema } from './name.js'

export const nodeTypeSchema = z.enum(['embedded', 'cloud'])
export type NodeType = z.infer<typeof nodeTypeSchema>

export const nodeRoleSchema = z.enum(['worker', 'monitor', 'gateway'])
export type NodeRole = z.infer<typeof nodeRoleSchema>

/** One entry of node.yaml: a node that is expected to join. */
export const nodeListEntrySchema = z.strictObject({
  /** Node id; default: the host name. */
  name: nameSchema.optional(),
  hostname: z.string().min(1),
  /** IPv4 or IPv6 address. If given, the node may enrol from this address only; once enrolled, its key is its proof wherever it is. */
  ip: z.union([z.ipv4(), z.ipv6()], 'expected an IPv4 or IPv6 address, e.g. 10.0.0.11').optional(),
  /** The node's type. */
  role: nodeTypeSchema,
  nodeRole: nodeRoleSchema.default('worker'),
  labels: z.record(z.string(), z.string()).default({}),
  profile: z.enum(['lan', 'default', 'cellular']).optional(),
  /** Credentials by reference, never by value: a file below the folder of node.yaml that the master fills with the node's join token. */
  credentials: z.strictObject({ tokenFile: z.string().regex(/^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]*$/, 'expected a path below the folder of node.yaml, without ".."') }).optional(),
})
export type NodeListEntry = z.infer<typeof nodeListEntrySchema>

export const nodeListSchema = z.strictObject({ nodes: z.array(nodeListEntrySchema) })
export type NodeList = z.infer<typeof nodeListSchema>
