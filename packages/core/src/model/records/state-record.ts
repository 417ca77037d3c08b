import * as z from 'zod'

// Unknown fields are dropped on reading: states are written anew from what nodes report, never edited.
import { revisionSchema } from './revision.js'

const positionSchema = z.object({ incarnation: z.int(), seq: z.int() })

export const containerStatusSchema = z.object({
  name: z.string(),
  id: z.string().optional(),
  image: z.string(),
  state: z.enum(['pending', 'created', 'paused', 'exited', 'dead', 'running']),
  reason: z.string().optional(),
  exitCode: z.int().optional(),
  oomKilled: z.boolean().optional(),
  restarts: z.int(),
  startedAtMs: z.number().optional(),
  exitedAtMs: z.number().optional(),
  nextAttemptAtMs: z.number().optional(),
})

/** `states/<node>/workload/<name>`: what the node last said of it. */
export const workloadStateRecordSchema = z.object({
  /** Positions of different disk states can't be compared. */
  stateEpoch: z.string(),
  position: positionSchema,
  status: z.object({
    workload: z.string(),
    package: z.string(),
    model: z.string(),
    wantedDigest: z.string(),
    effectiveDigest: z.string().optional(),
    epoch: revisionSchema,
    state: z.enum(['pending', 'created', 'paused', 'exited', 'dead', 'running', 'removing']),
    reason: z.string().optional(),
    containers: z.array(containerStatusSchema),
  }),
})
export type WorkloadStateRecord = z.infer<typeof workloadStateRecordSchema>

/** `journals/<node>`: everything up to here is committed. */
export const journalRecordSchema = z.object({ stateEpoch: z.string(), position: positionSchema })
export type JournalRecord = z.infer<typeof journalRecordSchema>

/** `facts/<node>`: what the node said of itself in its last hello and readiness. */
export const nodeFactsRecordSchema = z.object({
  agentVersion: z.string(),
  /** Whose start this was: a new one of either is another life of the agent. */
  stateEpoch: z.string(),
  incarnation: z.int(),
  facts: z.object({
    hostname: z.string(), architecture: z.string(), os: z.string(), kernel: z.string(), cpuCores: z.number(), memoryBytes: z.number(),
    diskBytes: z.number(), runtime: z.string(), cgroupVersion: z.number(), bootId: z.string(),
  }),
  /** The key that proved it, and boots of its holder before this one, the last of them last: none of them can come back. */
  key: z.string().optional(),
  earlierBoots: z.array(z.string()).optional(),
})
export type NodeFactsRecord = z.infer<typeof nodeFactsRecordSchema>
