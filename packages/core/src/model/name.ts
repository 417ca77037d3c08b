import * as z from 'zod'

/** Names of artifacts, containers and nodes: letters, digits, `-`, `_`, `.`; at most 63 characters; fit for store keys and host names. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/, 'expected a name of letters, digits, "-", "_" or ".", at most 63 characters, beginning and ending with a letter or digit')
