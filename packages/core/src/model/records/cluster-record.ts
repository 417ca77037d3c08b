import * as z from 'zod'

/** `cluster/identity`: born with the store. */
export const clusterIdentitySchema = z.looseObject({ name: z.string(), epoch: z.string(), createdAtMs: z.number() })
export type ClusterIdentity = z.infer<typeof clusterIdentitySchema>

/** `cluster/office`: its revision is the term of the master that wrote it. */
export const officeSchema = z.looseObject({ holder: z.string(), sinceMs: z.number() })
export type Office = z.infer<typeof officeSchema>

/** `cluster/authority`: what nodes were told to trust, so that another authority does not take its place by mistake. */
export const clusterAuthoritySchema = z.looseObject({
  /** SHA-256 of its newest public key, hex. */
  pin: z.string(),
})
export type ClusterAuthority = z.infer<typeof clusterAuthoritySchema>

/** `cluster/people`: who may use the API, as far as the audit log tells it. */
export const peopleRecordSchema = z.looseObject({
  people: z.array(z.looseObject({ name: z.string(), role: z.string(), proof: z.string(), proofId: z.string() })),
})
export type PeopleRecord = z.infer<typeof peopleRecordSchema>

/** `cluster/time`: what the time was, for a start on a board that does not know it. */
export const clusterTimeSchema = z.looseObject({
  /** Trusted time, milliseconds since 1970. */
  atMs: z.number(),
  /** The latest time that nodes may have been told; later than `atMs` if the clock has been set back since. */
  highestMs: z.number(),
})
export type ClusterTime = z.infer<typeof clusterTimeSchema>
