import { dice } from '../random/dice.js'
import { drawClimate } from './draw-climate.js'
import type { Fault } from './fault.js'
import { allFaults } from './faults/index.js'
import type { Invariant } from './invariant.js'
import { allInvariants } from './invariants/index.js'
import { Nemesis } from './nemesis.js'
import { People } from './people/people.js'
import { unsettled } from './settled.js'
import type { SimulationEvent } from './simulation-event.js'
import { Trace } from './trace.js'
import { SimulatedWorld } from './simulated-world.js'
import type { SimulationParts } from './world.js'

export interface SimulationOptions {
  /** Decides everything. */
  readonly seed: number
  /** Default 10. */
  readonly nodes?: number
  /** How long faults rage, in ms of the simulated clock. Default 10 minutes. */
  readonly ragingMs?: number
  /** Within what time everything must have settled, and stay so for 10 s, once all is mended, in ms. Default 3 minutes. */
  readonly settleWithinMs?: number
  /** How long it is watched at rest after that, in ms. Default 1 minute. */
  readonly restingMs?: number
  /** Your own runtime, transport, disk, store, credentials, instead of the simulated ones or around them. Nothing in them may take real time. */
  readonly parts?: SimulationParts
  /** Default: {@link allInvariants}. */
  readonly invariants?: readonly Invariant[]
  /** What may go wrong; each seed draws some of them. Default: {@link allFaults}. */
  readonly faults?: readonly Fault[]
  /** Gets the timeline, line by line, each with what it tells of. */
  readonly onLine?: (line: string, event: SimulationEvent) => void
}

export interface Violation {
  /** The invariant's, or `everything settles`, or `time goes on`. */
  readonly invariant: string
  /** What was wrong, for people. */
  readonly detail: string
  /** On the simulated clock. */
  readonly atMs: number
}

export interface SimulationResult {
  readonly seed: number
  /** Undefined: all went well. */
  readonly violation: Violation | undefined
  /** Two simulations with the same seed and options have the same. */
  readonly traceHash: string
  readonly simulatedMs: number
  /** What this seed made of the world, for people. */
  readonly climate: string
  readonly counts: { readonly faults: number; readonly requests: number; readonly events: number; readonly commits: number }
  /** How often each fault struck, by name. */
  readonly struck: Readonly<Record<string, number>>
}

/**
 * Lets the real master and real agents live through one world that the seed makes up: first faults rage, while the invariants are
 * watched at every step; then everything is mended and has to settle; then nothing may happen any more. Resolves with what was
 * found; rejects only with a defect of the simulator or of the parts it was given.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run()
}

const joinWithinMs = 120_000
const lookEveryMs = 500
/** A thousand things may be due at once; a hundred thousand are one that goes round in circles. */
const mostTimersAtOnce = 100_000
/** What is as it must be for this long has come to rest; what only looked like it for a moment is in the middle of something. */
const settledForMs = 10_000

class Simulation {
  readonly #options: SimulationOptions
  readonly #trace: Trace
  readonly #world: SimulatedWorld
  readonly #nemesis: Nemesis
  readonly #people: People
  readonly #watches: readonly { readonly name: string; readonly judge: (event: SimulationEvent) => string | undefined }[]
  #violation: Violation | undefined
  #commits = 0

  constructor(options: SimulationOptions) {
    const { seed, nodes = 10, parts = {}, faults = allFaults, invariants = allInvariants, onLine } = options
    const all = dice(seed)
    this.#options = options
    this.#trace = new Trace({ onLine })
    const drawn = drawClimate(all.fork('climate'), faults)
    this.#world = new SimulatedWorld({ climate: drawn.climate, nodes, dice: all.fork('world'), parts, emit: (event) => this.#take(event) })
    this.#nemesis = new Nemesis(this.#world, { dice: all.fork('nemesis'), faults: drawn.faults })
    this.#people = new People(this.#world, all.fork('people'))
    this.#watches = invariants.map(({ name, watch }) => ({ name, judge: watch(this.#world) }))
  }

  async run(): Promise<SimulationResult> {
    await this.#join()
    await this.#rage()
    await this.#heal()
    await this.#rest()
    const { seed } = this.#options
    const { clock, climate } = this.#world
    return {
      seed,
      violation: this.#violation,
      traceHash: this.#trace.hash(),
      simulatedMs: clock.monotonicMs(),
      climate: climate.name,
      struck: Object.fromEntries(this.#nemesis.counts),
      counts: { faults: [...this.#nemesis.counts.values()].reduce((sum, count) => sum + count, 0), requests: this.#people.count, events: this.#trace.lines, commits: this.#commits },
    }
  }

  async #join(): Promise<void> {
    const { masterService, services } = this.#world
    this.#take({ type: 'phase', phase: 'joining' })
    masterService.up()
    await this.#until(async () => (masterService.isUp ? [] : ['the master has not started']), { withinMs: joinWithinMs })
    for (const service of services.values()) service.up()
    await this.#until(() => this.#unready(), { withinMs: joinWithinMs })
  }

  async #rage(): Promise<void> {
    this.#take({ type: 'phase', phase: 'raging' })
    this.#nemesis.rage()
    this.#people.act()
    await this.#pass(this.#options.ragingMs ?? 600_000)
  }

  async #heal(): Promise<void> {
    this.#take({ type: 'phase', phase: 'healing' })
    this.#people.stop()
    this.#nemesis.stop()
    await this.#until(() => {
      this.#people.makeCertain()
      return unsettled(this.#world, this.#people)
    }, { withinMs: this.#options.settleWithinMs ?? 180_000, forMs: settledForMs })
  }

  async #rest(): Promise<void> {
    this.#take({ type: 'phase', phase: 'resting' })
    await this.#pass(this.#options.restingMs ?? 60_000)
  }

  async #unready(): Promise<readonly string[]> {
    const { operations, admin } = this.#world.master
    const nodes = await operations.nodes(admin, new AbortController().signal)
    const ready = nodes.filter(({ phase }) => phase === 'ready').length
    return ready === this.#world.boards.length ? [] : [`${ready} of ${this.#world.boards.length} nodes are ready`]
  }

  /** Lets time pass; ends early with a violation. */
  async #pass(ms: number): Promise<void> {
    const { clock } = this.#world
    const untilMs = clock.monotonicMs() + ms
    let [atMs, timersThen] = [clock.monotonicMs(), 0]
    while (this.#violation === undefined && (await clock.step(untilMs))) {
      timersThen = clock.monotonicMs() === atMs ? timersThen + 1 : 0
      atMs = clock.monotonicMs()
      if (timersThen > mostTimersAtOnce) this.#found('time goes on', `after ${mostTimersAtOnce} timers at one moment there are more: something waits for nothing, again and again`)
    }
  }

  /** Lets time pass until there has been no trouble `forMs` long; trouble after `withinMs` is a violation. */
  async #until(troubles: () => Promise<readonly string[]>, { withinMs, forMs = 0 }: { readonly withinMs: number; readonly forMs?: number }): Promise<void> {
    const { clock } = this.#world
    const untilMs = clock.monotonicMs() + withinMs
    let sinceMs: number | undefined
    while (this.#violation === undefined) {
      const left = await troubles()
      const nowMs = clock.monotonicMs()
      sinceMs = left.length === 0 ? (sinceMs ?? nowMs) : undefined
      if (sinceMs !== undefined && nowMs - sinceMs >= forMs) return
      if (sinceMs === undefined && nowMs >= untilMs) this.#found('everything settles', `after ${withinMs / 1000} s: ${left.join('; ')}`)
      else await this.#pass(lookEveryMs)
    }
  }

  #take(event: SimulationEvent): void {
    if (this.#violation !== undefined) return
    this.#trace.write(this.#world.clock.monotonicMs(), event)
    if (event.type === 'commit') this.#commits += 1
    for (const { name, judge } of this.#watches) {
      const wrong = judge(event)
      if (wrong !== undefined) this.#found(name, wrong)
    }
  }

  #found(invariant: string, detail: string): void {
    if (this.#violation !== undefined) return
    const atMs = this.#world.clock.monotonicMs()
    this.#trace.write(atMs, { type: 'violation', invariant, detail })
    this.#violation = { invariant, detail, atMs }
  }
}
