import type { SystemFacts } from '../protocol/index.js'
import type { Adapter } from './ambient.js'

export interface ResourceReading {
  readonly memoryTotalBytes: number
  readonly memoryAvailableBytes: number
  /** One-minute load average. */
  readonly load1: number
  readonly cpuCores: number
}

/** What the board is and how it is doing. Reads files; starts no process. */
export interface ResourceProbe {
  facts(signal: AbortSignal): Promise<SystemFacts>
  read(signal: AbortSignal): Promise<ResourceReading>
}

export type ResourceProbeAdapter = Adapter<ResourceProbe>
