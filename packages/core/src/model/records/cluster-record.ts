import * as z from 'zod'

/** `cluster/identity`: born with the store. */
export const clusterIdentitySchema = z.looseObject({ name: z.string(), epoch: z.string(), createdAtMs: z.number() })
export type ClusterIdentity = z.infer<typeof clusterIdentitySchema>

/** `cluster/office`: its revision is the term of the master that wrote it. */
export const officeSchema = z.looseObject({ holder: z.string(), sinceMs: z.number() })
export type Office = z.infer<typeof officeSchema>
