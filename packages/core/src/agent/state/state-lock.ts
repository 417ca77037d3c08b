import { PiccoloError } from '../../errors/index.js'
import type { Cancel, Disk, Logger } from '../../spi/index.js'

/** The state directory is this agent's alone, as far as the machine can see to that. */
export interface StateLock {
  readonly release: Cancel
  /** Why it may not be, for people. */
  readonly problem?: string
}

/**
 * Takes the disk for this agent: two that keep one state would undo each other's work. `conflict` when another one has it. Where it
 * can't be locked at all the agent goes on without: it always boots.
 */
export async function takeState(disk: Disk, { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal }): Promise<StateLock> {
  try {
    return { release: await disk.lock(signal) }
  } catch (error) {
    if (PiccoloError.is(error, 'conflict')) {
      throw new PiccoloError('conflict', `Another agent runs on this state directory: ${error.message} Each agent needs a state directory of its own.`, { details: error.details, cause: error })
    }
    if (PiccoloError.is(error, 'aborted')) throw error
    const problem = `Nothing keeps a second agent from this one's state directory: ${PiccoloError.from(error).message}`
    logger.warn({ problem }, 'the state directory could not be locked')
    return { release: () => undefined, problem }
  }
}
