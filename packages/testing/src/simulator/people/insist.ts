import type { Caller, Operations } from '@piccolo/core/spi'
import { sleep } from '../../clock/sleep.js'
import type { World } from '../world.js'
import { answerTo } from './answer.js'

const againMs = 1_000
const never = new AbortController().signal

/** Asks something of whatever master there is, again and again until it is done; a precondition that does not hold says that it is done already. */
export async function insist(world: World, asked: string, request: (operations: Operations, admin: Caller, signal: AbortSignal) => Promise<void>): Promise<void> {
  const { clock, master, masterService, emit } = world
  for (;;) {
    if (masterService.isUp) {
      const { operations, admin } = master
      emit({ type: 'people', asked, outcome: 'asked' })
      const answer = await answerTo(clock, (signal) => request(operations, admin, signal), ({ code }) => code === 'failed-precondition')
      emit({ type: 'people', asked, ...answer })
      if (answer.outcome !== 'unknown') return
    }
    await sleep(clock, againMs, never)
  }
}
