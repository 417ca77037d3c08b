import { throwIfAborted, type ResourceProbeAdapter, type ResourceReading, type SystemFacts } from '@piccolo/core/spi'

/** What a memory probe says; may be changed at any time. */
export interface MemoryBoard {
  facts: SystemFacts
  reading: ResourceReading
}

export interface MemoryBoardOptions {
  readonly facts?: Partial<SystemFacts>
  readonly reading?: Partial<ResourceReading>
}

/** A board with four cores and four gigabytes, at rest, unless told otherwise. */
export function memoryBoard({ facts = {}, reading = {} }: MemoryBoardOptions = {}): MemoryBoard {
  const whole: SystemFacts = {
    hostname: 'board', architecture: 'x64', os: 'linux', kernel: '6', cpuCores: 4, memoryBytes: 4e9, diskBytes: 3e10, runtime: 'memory', cgroupVersion: 2,
    bootId: 'boot-1', ...facts,
  }
  return { facts: whole, reading: { memoryTotalBytes: whole.memoryBytes, memoryAvailableBytes: 3e9, load1: 0.1, cpuCores: whole.cpuCores, ...reading } }
}

/** The memory twin of a resource probe. */
export function memoryProbe(board: MemoryBoard): ResourceProbeAdapter {
  return () => ({
    async facts(signal) {
      throwIfAborted(signal)
      return board.facts
    },
    async read(signal) {
      throwIfAborted(signal)
      return board.reading
    },
  })
}
