import { setFlagsFromString } from 'node:v8'

/**
 * What an optimising compiler wins, a process that sleeps between two beats never gets back: its code, its feedback and its own
 * pages would be a tenth of the agent's memory. Flags that an engine does not know do nothing.
 */
const flags = ['--no-opt', '--no-maglev', '--no-sparkplug', '--optimize-for-size']

/** Tells V8 to prefer little memory over speed, for all code that it has not compiled yet. */
export function spareMemory(): void {
  for (const flag of flags) setFlagsFromString(flag)
}
