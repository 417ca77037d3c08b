import * as z from 'zod'

/** `assignments/<node>`: names a node's whole set; its revision is the generation. */
export const assignmentHeadSchema = z.looseObject({ digest: z.string(), count: z.int() })
export type AssignmentHead = z.infer<typeof assignmentHeadSchema>

/** `assignments/<node>/<key>`: its createRevision is the placement epoch. `package` says what it belongs to. */
export const assignmentItemSchema = z.looseObject({ digest: z.string(), package: z.string().optional() })
export type AssignmentItem = z.infer<typeof assignmentItemSchema>
