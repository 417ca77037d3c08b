import type { ContainerSpec, LogLine } from '@piccolo/core/spi'

/** What a container of the memory machine does once it is started. */
export interface MemoryProgram {
  /** Ends by itself after this long; absent: it runs until somebody ends it. */
  readonly afterMs?: number
  /** With `afterMs`. Default 0. */
  readonly exitCode?: number
  /** With `afterMs`: it ends for want of memory, with exit code 137. */
  readonly outOfMemory?: boolean
  /** Takes no notice of being asked to end. */
  readonly stubborn?: boolean
  /** Printed at each start. */
  readonly lines?: readonly Pick<LogLine, 'stream' | 'line'>[]
  /** Prints the value of this variable at each start. */
  readonly printsVariable?: string
}

const marker = 'memory-program'

/** Command and arguments that make one container do this, whatever its image does otherwise. */
export function memoryProgram(program: MemoryProgram): Required<Pick<ContainerSpec, 'command' | 'args'>> {
  return { command: [marker], args: [JSON.stringify(program)] }
}

/** The program that a spec carries, if it does. */
export function programOf({ command, args }: Pick<ContainerSpec, 'command' | 'args'>): MemoryProgram | undefined {
  const text = command?.[0] === marker ? args?.[0] : undefined
  // Written by memoryProgram above.
  return text === undefined ? undefined : (JSON.parse(text) as MemoryProgram)
}

/** What the program prints when it is started as this container. */
export function linesOf({ lines = [], printsVariable }: MemoryProgram, { env }: Pick<ContainerSpec, 'env'>): readonly Pick<LogLine, 'stream' | 'line'>[] {
  if (printsVariable === undefined) return lines
  return [...lines, { stream: 'stdout', line: env.find(({ name }) => name === printsVariable)?.value ?? '' }]
}

/** When and how it ends by itself, if it does. */
export function endOf({ afterMs, exitCode = 0, outOfMemory = false }: MemoryProgram): { readonly afterMs: number; readonly exitCode: number; readonly oomKilled: boolean } | undefined {
  return afterMs === undefined ? undefined : { afterMs, exitCode: outOfMemory ? 137 : exitCode, oomKilled: outOfMemory }
}
