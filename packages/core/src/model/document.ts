import * as z from 'zod'
import { metadataSchema } from './metadata.js'

/** The frame of every artifact: apiVersion, kind, metadata, spec. */
export function documentSchema<Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) {
  return z.looseObject({ apiVersion: z.literal('v1'), kind: z.literal(kind), metadata: metadataSchema, spec })
}
