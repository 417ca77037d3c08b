import * as z from 'zod'
import { documentSchema } from '../document.js'

/** `artifacts/<Kind>/<name>` and `history/<Kind>/<name>/<revision>`: the document as applied. */
export const artifactRecordSchema = documentSchema('', z.unknown()).extend({ kind: z.string() })
export type ArtifactRecord = z.infer<typeof artifactRecordSchema>
