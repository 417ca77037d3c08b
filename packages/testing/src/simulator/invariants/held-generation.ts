import type { Hello, SetVersion } from '@piccolo/core/spi'
import { enrolments } from '../enrolments.js'
import type { Invariant } from '../invariant.js'

/** What a node said last, and of which state on its disk. */
interface Said {
  readonly stateEpoch: string
  readonly generation: bigint
}

/** PROTOCOL §1: to hold is to have it on disk, so nothing takes it back. */
export const heldGenerationNeverGoesBack: Invariant = {
  name: 'held generation never goes back',
  holds: 'Over one state of its disk and one enrolment, a node never says that it holds an older generation than it has said before.',
  watch() {
    const enrolled = enrolments()
    const said = new Map<string, Said>()
    const check = (node: string, stateEpoch: string, held: SetVersion | undefined): string | undefined => {
      const before = said.get(node)
      const wentBack = before?.stateEpoch === stateEpoch && (held?.generation ?? 0n) < before.generation
      said.set(node, { stateEpoch, generation: held?.generation ?? 0n })
      return wentBack ? `${node} holds generation ${held?.generation ?? 'nothing'} after ${before.generation}` : undefined
    }
    return (event) => {
      for (const node of enrolled(event)) said.delete(node)
      if (event.type !== 'message' || event.phase !== 'sent') return undefined
      const message = event.message as Hello | { readonly type: 'held'; readonly version: SetVersion } // told apart by their type
      if (message.type === 'hello') return check(event.from, message.stateEpoch, message.held)
      if (message.type === 'held') return check(event.from, said.get(event.from)?.stateEpoch ?? '', message.version)
      return undefined
    }
  },
}
