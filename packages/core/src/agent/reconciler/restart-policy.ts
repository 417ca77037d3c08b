import type { WorkloadContent } from '../../protocol/index.js'
import type { ContainerState } from '../../spi/index.js'
import type { PlannedContainer } from './workload-plan.js'

/** Exit code told when the runtime knows none. */
export const unknownExitCode = 255

/** Ended badly: an exit code other than 0, or out of memory. */
export function isDead({ exitCode, oomKilled }: Pick<ContainerState, 'exitCode' | 'oomKilled'>): boolean {
  return (exitCode ?? unknownExitCode) !== 0 || oomKilled === true
}

/** Ended, and nobody knows how: such a container can't be started again, only made anew. */
export function isLost({ phase, exitCode }: ContainerState): boolean {
  return phase === 'exited' && exitCode === undefined
}

/**
 * Whether an ended container is run again. An `interrupted` run was cut off by a reboot: its exit code says nothing. Init
 * containers run until they succeed, unless the policy is Never.
 */
export function runsAgain(
  policy: WorkloadContent['restartPolicy'],
  run: { readonly role: PlannedContainer['role']; readonly dead: boolean; readonly interrupted: boolean },
): boolean {
  if (run.role === 'init' && run.interrupted) return true
  if (policy === 'Never') return false
  if (policy === 'Always' && run.role === 'main') return true
  return run.dead || run.interrupted
}
