import type { LinkState } from '../../link/index.js'
import type { ReadinessCheck, RuntimeHealth } from '../../spi/index.js'

const ok = { level: 'ok', reason: '' } as const
/** A wall clock this far from the master's misleads whoever reads its times. */
const clockWarnMs = 60_000

export interface ServiceFacts {
  /** What the runtime said of itself last; undefined before it exists. */
  readonly runtimeHealth: () => Promise<RuntimeHealth | undefined>
  readonly runtimeTrouble: () => string | undefined
  readonly link: () => LinkState
  readonly wallAheadMs: () => number | undefined
  /** What is wrong with the state on disk. */
  readonly stateTrouble: () => string | undefined
  /** Why this node is not who its configuration says. */
  readonly identityTrouble: () => string | undefined
}

/** Checks of what the agent leans on: container runtime, cgroups, clock, master, its own state and name. */
export function serviceChecks(facts: ServiceFacts): readonly ReadinessCheck[] {
  return [
    {
      name: 'container-runtime',
      async run() {
        const trouble = facts.runtimeTrouble()
        if (trouble !== undefined) return { level: 'fail', reason: trouble }
        const health = await facts.runtimeHealth()
        if (health === undefined || (health.ready && health.reasons.length === 0)) return ok
        return { level: health.ready ? 'warn' : 'fail', reason: health.reasons.join('; ') || 'The container runtime is not ready.' }
      },
    },
    {
      name: 'cgroup',
      async run() {
        const health = facts.runtimeTrouble() === undefined ? await facts.runtimeHealth() : undefined
        const bounded = health === undefined || health.cgroupVersion !== undefined
        return bounded ? ok : { level: 'warn', reason: 'No control groups were found: limits of containers are not enforced.' }
      },
    },
    {
      name: 'time',
      run: () => {
        const aheadMs = facts.wallAheadMs() ?? 0
        if (Math.abs(aheadMs) <= clockWarnMs) return Promise.resolve(ok)
        return Promise.resolve({ level: 'warn', reason: `The clock is ${Math.round(aheadMs / 1000)} s off the master's; set up time synchronisation.` })
      },
    },
    {
      name: 'master',
      run: () => {
        const link = facts.link()
        if (link.phase === 'connected') return Promise.resolve(ok)
        const why = 'reason' in link && link.reason !== undefined ? `: ${link.reason}` : ''
        return Promise.resolve({ level: 'warn', reason: `Not connected to a master (${link.phase})${why}` })
      },
    },
    warnOf('state', facts.stateTrouble),
    warnOf('identity', facts.identityTrouble),
  ]
}

function warnOf(name: string, trouble: () => string | undefined): ReadinessCheck {
  return {
    name,
    run: () => {
      const reason = trouble()
      return Promise.resolve(reason === undefined ? ok : { level: 'warn', reason })
    },
  }
}
