import * as z from 'zod'

/** A store revision in a record. */
export const revisionSchema = z.bigint()
