import { PiccoloError, type ContainerLimits, type ContainerSpec, type RuntimeContext } from '@piccolo/core/spi'
import type { ControlGroups } from '../board/control-groups.js'
import { codeOf, systemError } from '../errors.js'
import type { ProcessRuntimeSettings } from '../options.js'
import { killProcess } from './signals.js'

/** Processes that were killed stay in their group until the system is done with them. */
const emptyingMs = 2_000
const lookMs = 20

interface Limited {
  readonly id: string
  readonly name: string
  readonly limits: ContainerLimits
}

export interface LimitsParts {
  readonly context: RuntimeContext
  readonly settings: ProcessRuntimeSettings
  readonly groups: ControlGroups | undefined
}

/** What becomes of a container's limits: enforced, or else refused or warned about, never forgotten. */
export class Limits {
  readonly #parts: LimitsParts

  constructor(parts: LimitsParts) {
    this.#parts = parts
  }

  /** Throws `unsupported` where limits are required and can't be had. */
  admit({ name, limits }: ContainerSpec): void {
    const { groups, settings, context } = this.#parts
    const enforced = groups?.enforces ?? { cpu: false, memory: false }
    const missing = [
      ...(limits.memoryBytes !== undefined && !enforced.memory ? ['memory'] : []),
      ...(limits.cpuCores !== undefined && !enforced.cpu ? ['cpu'] : []),
    ]
    if (missing.length === 0) return
    if (settings.limits === 'require') {
      throw new PiccoloError('unsupported', `${name} has limits (${missing.join(', ')}) that can't be enforced here. ${remedy(settings)}, or leave the limits out.`, { details: { limits: missing } })
    }
    context.logger.warn({ container: name, limits: missing }, 'limits can not be enforced here; the container runs without them')
  }

  /** Readies the container's group; the answer puts a process into it. */
  async prepare(record: Limited): Promise<(pid: number) => Promise<void>> {
    const { groups, settings, context: { logger } } = this.#parts
    if (groups === undefined || !isLimited(record)) return async () => undefined
    try {
      await groups.prepare(record.id, record.limits)
    } catch (error) {
      const failure = systemError(error, `Setting the limits of ${record.name}`)
      if (settings.limits === 'require') throw failure
      logger.warn({ container: record.name, reason: failure.message }, 'limits could not be set; the container runs without them')
      return async () => undefined
    }
    return (pid) => groups.join(record.id, pid)
  }

  outOfMemory(id: string, limits: ContainerLimits): boolean {
    return limits.memoryBytes !== undefined && this.#parts.groups?.outOfMemory(id) === true
  }

  /** Kills what is left in a container's group, also what is forked meanwhile, and removes it. One that stays is only told of. */
  async clear(record: Limited): Promise<void> {
    const { groups, context: { clock, logger } } = this.#parts
    if (groups === undefined || !isLimited(record)) return
    const deadlineMs = clock.monotonicMs() + emptyingMs
    for (;;) {
      for (const pid of await groups.members(record.id)) killProcess(pid)
      try {
        await groups.remove(record.id)
        return
      } catch (error) {
        if (codeOf(error) !== 'EBUSY' || clock.monotonicMs() >= deadlineMs) {
          logger.warn({ container: record.name, error: String(error) }, 'control group could not be removed')
          return
        }
      }
      await new Promise<void>((resolve) => clock.schedule(lookMs, resolve))
    }
  }
}

/** How limits could be had on this machine. */
export function remedy({ cgroupRoot }: ProcessRuntimeSettings): string {
  return `Run the agent as root on a machine whose control groups at ${cgroupRoot} can be written to`
}

function isLimited({ limits }: Limited): boolean {
  return limits.cpuCores !== undefined || limits.memoryBytes !== undefined
}
