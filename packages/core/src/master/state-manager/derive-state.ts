import type { PackageState } from '../../spi/index.js'
import type { WorkloadStateName } from '../../protocol/index.js'

/**
 * A Package's state from its models' (Pullpiri's table): no models → idle; all dead → error; some dead → degraded; all paused; all
 * exited; else running. Ours: `pending` while a model has no container yet and none is dead.
 */
export function derivePackageState(models: readonly WorkloadStateName[]): PackageState {
  if (models.length === 0) return 'idle'
  const every = (state: WorkloadStateName): boolean => models.every((model) => model === state)
  if (every('dead')) return 'error'
  if (models.includes('dead')) return 'degraded'
  if (every('paused')) return 'paused'
  if (every('exited')) return 'exited'
  return models.some((model) => model === 'pending' || model === 'created' || model === 'removing') ? 'pending' : 'running'
}
