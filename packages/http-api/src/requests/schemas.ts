import * as z from 'zod'

const hourMs = 60 * 60 * 1000

/** JSON body of an apply or a delete. */
export const filesBodySchema = z.strictObject({
  files: z.array(z.strictObject({ name: z.string().min(1).max(1024), text: z.string() })).min(1, 'expected at least one file').max(1000, 'expected at most 1000 files'),
})

export const tokenBodySchema = z.strictObject({
  validForMs: z.int().min(1000).max(24 * hourMs).exactOptional(),
  nodeId: z.string().min(1).max(253).exactOptional(),
  type: z.enum(['embedded', 'cloud']).exactOptional(),
  role: z.enum(['worker', 'monitor', 'gateway']).exactOptional(),
  labels: z.record(z.string().max(253), z.string().max(253)).exactOptional(),
  addresses: z.array(z.string().max(64)).exactOptional(),
})

export const approvalBodySchema = z.strictObject({ key: z.string().regex(/^[0-9a-f]{1,64}$/, 'expected the beginning of a key, in hex').exactOptional() })
const reason = z.string().max(500).exactOptional()
export const revokeBodySchema = z.strictObject({ workloads: z.enum(['keep', 'stop']).exactOptional(), reason })
export const quarantineBodySchema = z.strictObject({ reason })
export const roleBodySchema = z.strictObject({ role: z.enum(['worker', 'monitor', 'gateway']) })
export const emptyBodySchema = z.strictObject({})

/** Names and values are the master's to judge. */
export const signalsBodySchema = z.strictObject({
  signals: z.array(z.strictObject({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean(), z.null()], 'expected text, a number, true, false or null') }))
    .min(1, 'expected at least one signal').max(1000, 'expected at most 1000 signals'),
})

const flag = z.enum(['true', 'false', '1', '0'], 'expected true or false').transform((text) => text === 'true' || text === '1')
const count = (most: number) => z.string().regex(/^\d{1,9}$/, 'expected a whole number').transform(Number).pipe(z.int().max(most, `expected at most ${String(most)}`))
const revision = z.string().regex(/^\d{1,20}$/, 'expected a revision, a whole number').transform(BigInt)

export const eventsQuerySchema = z.strictObject({ limit: count(10_000).exactOptional(), after: revision.exactOptional(), follow: flag.exactOptional() })
export const logsQuerySchema = z.strictObject({ container: z.string().min(1).max(253).exactOptional(), tail: count(100_000).exactOptional(), follow: flag.exactOptional() })
export const auditQuerySchema = z.strictObject({ limit: count(1_000).exactOptional(), before: z.string().regex(/^[0-9a-f]{1,20}\.[0-9a-f]{1,20}$/, "expected an entry's id").exactOptional() })
export const artifactsQuerySchema = z.strictObject({ kind: z.string().min(1).max(64).exactOptional() })
