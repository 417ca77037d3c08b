import type { Cancel } from '@piccolo/core/spi'
import type { Dice } from '../../random/dice.js'
import type { World } from '../world.js'
import { answerTo, type Answer } from './answer.js'
import { manifestOf, removalOf, thinkOf, type PackagePlan } from './package-plan.js'

/** How likely somebody asks about a Package that somebody else is asking about. */
const meddling = 0.2
const names = ['ant', 'bee', 'cat', 'dog', 'elk', 'fox'] as const

/** What somebody may want of a Package that is there. */
const wishes = ['change', 'change', 'change', 'change', 'repeat', 'delete'] as const

/** Those who apply, change and delete Packages, and remember what they were told. */
export class People {
  readonly #world: World
  readonly #dice: Dice
  /** What was asked for last; undefined = that there be no such Package. */
  readonly #asked = new Map<string, PackagePlan | undefined>()
  /** Packages of which nobody knows whether the master took the last word. */
  readonly #doubtful = new Set<string>()
  /** Package → how many ask something about it now. */
  readonly #busy = new Map<string, number>()
  /** Package → the last who asked about it. */
  readonly #turns = new Map<string, number>()
  #cancel: Cancel = () => undefined
  #count = 0

  constructor(world: World, dice: Dice) {
    this.#world = world
    this.#dice = dice
  }

  /** Things asked so far. */
  get count(): number {
    return this.#count
  }

  /** What must be there, if the master keeps its word; to be relied on while `isCertain`. */
  get wanted(): readonly PackagePlan[] {
    return [...this.#asked.values()].filter((plan) => plan !== undefined)
  }

  /** Whether everything that was asked was answered with yes. */
  get isCertain(): boolean {
    return this.#busy.size === 0 && this.#doubtful.size === 0
  }

  act(): void {
    const { clock, climate } = this.#world
    this.#cancel = clock.schedule(this.#dice.gap(climate.peopleGapMs), () => {
      this.#askSomething()
      this.act()
    })
  }

  stop(): void {
    this.#cancel()
  }

  /** Asks again for whatever is in doubt. */
  makeCertain(): void {
    if (!this.#world.masterService.isUp) return
    for (const name of this.#doubtful) if (!this.#busy.has(name)) void this.#ask(name, this.#asked.get(name))
  }

  #askSomething(): void {
    const name = this.#dice.pick(names)
    const nodes = this.#world.boards.map((board) => board.name)
    if (name === undefined || !this.#world.masterService.isUp) return
    // Now and then two want different things of one Package at the same time.
    if (this.#busy.has(name) && !this.#dice.chance(meddling)) return
    const before = this.#asked.get(name)
    const wish = before === undefined ? 'change' : this.#dice.pick(wishes)
    if (wish === 'delete') void this.#ask(name, undefined)
    else if (wish === 'repeat') void this.#ask(name, before)
    else void this.#ask(name, thinkOf(name, { before, nodes, version: this.#count + 1, dice: this.#dice }))
  }

  async #ask(name: string, plan: PackagePlan | undefined): Promise<void> {
    const { emit } = this.#world
    const asked = plan === undefined ? `delete ${name}` : `apply ${name}: ${plan.workloads.map((workload) => `${workload.name}@${workload.version} on ${workload.node}`).join(', ')}`
    this.#count += 1
    const turn = this.#count
    const isFirst = !this.#busy.has(name)
    this.#busy.set(name, (this.#busy.get(name) ?? 0) + 1)
    this.#doubtful.add(name)
    this.#asked.set(name, plan)
    this.#turns.set(name, turn)
    emit({ type: 'people', asked, outcome: 'asked' })
    const answer = await this.#request(name, plan)
    this.#leave(name)
    // Of two who asked at the same time nobody knows who had the last word.
    if (answer.outcome === 'done' && isFirst && this.#turns.get(name) === turn) this.#doubtful.delete(name)
    emit({ type: 'people', asked, ...answer })
  }

  #leave(name: string): void {
    const left = (this.#busy.get(name) ?? 0) - 1
    if (left > 0) this.#busy.set(name, left)
    else this.#busy.delete(name)
  }

  #request(name: string, plan: PackagePlan | undefined): Promise<Answer> {
    const { operations, admin } = this.#world.master
    const file = { name: `${name}.yaml`, text: plan === undefined ? removalOf(name) : manifestOf(plan) }
    const ask = (signal: AbortSignal): Promise<unknown> => operations[plan === undefined ? 'deleteManifest' : 'apply'](admin, [file], signal)
    // What is not there need not be deleted.
    return answerTo(this.#world.clock, ask, ({ code }) => plan === undefined && code === 'not-found')
  }
}
