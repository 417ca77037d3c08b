import * as z from 'zod'

/** `assignments/<node>`: names a node's whole set; its revision is the generation. */
const headSchema = z.looseObject({ digest: z.string(), count: z.int() })
export type AssignmentHead = z.infer<typeof headSchema>

/** `assignments/<node>/<key>`: its createRevision is the placement epoch. `package` says what it belongs to. */
const itemSchema = z.looseObject({ digest: z.string(), package: z.string().optional() })
export type AssignmentItem = z.infer<typeof itemSchema>

/** Heads and items live under one prefix, so that one watch sees a set change as a whole. */
export const assignmentSchema = z.union([headSchema, itemSchema])
export type AssignmentRecord = AssignmentHead | AssignmentItem
