import type { Ack, JournalPosition, Held, Welcome } from '@piccolo/core/spi'
import { enrolments } from '../enrolments.js'
import type { Invariant } from '../invariant.js'
import { storedValue } from '../stored-value.js'
import type { World } from '../world.js'

/** PROTOCOL §1 and §3: an acknowledgement follows the sync or the commit it speaks of. */
export const acknowledgedSurvives: Invariant = {
  name: 'acknowledged survives',
  holds: 'What a node has acknowledged is on its disk after any crash, and what the master has acknowledged is in the store.',
  watch(world) {
    const enrolled = enrolments()
    const acknowledged = new Map<string, bigint>()
    return (event) => {
      for (const node of enrolled(event)) acknowledged.delete(node)
      if (event.type === 'life' && event.what === 'started') return lostByNode(world, event.who, acknowledged.get(event.who))
      if (event.type !== 'message' || event.phase !== 'sent') return undefined
      const message = event.message as Held | Ack | Welcome // told apart by their type
      if (message.type === 'held') acknowledged.set(event.from, message.version.generation)
      if (message.type === 'ack') return lostByMaster(world, event.to, message.position)
      if (message.type === 'welcome' && message.acknowledged !== undefined) return lostByMaster(world, event.to, message.acknowledged)
      return undefined
    }
  },
}

function lostByNode(world: World, node: string, acknowledged: bigint | undefined): string | undefined {
  const agent = world.board(node)?.agent
  if (agent === undefined || acknowledged === undefined) return undefined
  const held = agent.health().held?.generation
  return held === undefined || held < acknowledged ? `${node} starts with generation ${held ?? 'nothing'}, but had acknowledged ${acknowledged}` : undefined
}

function lostByMaster({ backend }: World, node: string, { incarnation, seq }: JournalPosition): string | undefined {
  const stored = backend.get(`journals/${node}`)
  const committed = stored && (storedValue(stored.value) as { readonly position: JournalPosition }).position // the master wrote it
  const isThere = committed !== undefined && (committed.incarnation > incarnation || (committed.incarnation === incarnation && committed.seq >= seq))
  return isThere ? undefined : `${node} is told that its journal is kept up to ${incarnation}.${seq}, but the store has ${committed === undefined ? 'nothing' : `${committed.incarnation}.${committed.seq}`}`
}
