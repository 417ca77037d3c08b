import type { Cancel, ContainerSpec, ContainerState, LogLine } from '@piccolo/core/spi'

/** One container of a machine in memory. */
export interface MemoryContainer {
  readonly scope: string
  readonly spec: ContainerSpec
  state: ContainerState
  readonly lines: LogLine[]
  cancelExit: Cancel
  /** Nobody knows how it ended, and it can't be started any more. */
  lost?: true
}
