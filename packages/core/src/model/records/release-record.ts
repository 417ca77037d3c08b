import * as z from 'zod'

/** `operations/release/<workload>`: taken away from a node that may still run it; nobody else gets it before that node has let go. */
export const releaseRecordSchema = z.looseObject({ node: z.string() })
export type ReleaseRecord = z.infer<typeof releaseRecordSchema>
