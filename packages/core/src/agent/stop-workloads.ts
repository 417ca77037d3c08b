import type { Journal, Replica } from '../link/index.js'
import type { Logger } from '../spi/index.js'

/** Does what a master says that has revoked this node and wants nothing of its to run on; heeds it only for the cluster whose set this is. */
export async function stopWorkloads(word: { readonly clusterEpoch: string; readonly reason: string }, { replica, journal, logger }: { readonly replica: Replica; readonly journal: Journal; readonly logger: Logger }): Promise<void> {
  const workloads = replica.set.items.size
  if (workloads === 0 || !(await replica.empty(word.clusterEpoch))) return
  logger.warn({ reason: word.reason, workloads }, 'revoked: the workloads are stopped')
  journal.record({ severity: 'critical', type: 'workloads-stopped', subject: 'node', message: `Its workloads were stopped: ${word.reason}` })
}
