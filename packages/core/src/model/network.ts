import * as z from 'zod'
import { documentSchema } from './document.js'

/** Pullpiri's Network document, which says nothing yet but its name. Kept and shown; a Model's `hostNetwork` decides until then. */
export const networkSchema = documentSchema('Network', z.looseObject({ dummy: z.unknown().optional() }))
export type Network = z.infer<typeof networkSchema>
