import { PiccoloError } from '../../../errors/index.js'
import type { AgentMessage } from '../../../protocol/index.js'
import type { PublishedSignal } from '../../../spi/index.js'
import type { OpenSession } from './open-session.js'

/** Takes what the node says until it says good-bye or the stream ends; throws what ends the session. */
export async function converse(messages: AsyncIterator<AgentMessage>, session: OpenSession): Promise<void> {
  for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
    if (session.isOver()) continue
    if (!session.guard.check(next.value)) continue
    session.setLastHeard()
    if (next.value.type === 'bye') return
    take(next.value, session)
  }
}

function take(message: AgentMessage, session: OpenSession): void {
  const { node, lane, sender, desk, out, options } = session
  switch (message.type) {
    case 'beat':
      out.post({ type: 'beat', number: message.number, sentAtBootMs: message.sentAtBootMs, lease: true })
      options.life.beat(node, { echoed: message.lastEcho > 0, loopAgeMs: message.loopAgeMs })
      return
    case 'readiness':
      options.life.readiness(node, message.readiness)
      return
    case 'inventory':
      sender.inventory(message.items)
      return
    case 'held':
      sender.held(message.version)
      lane.take(message)
      session.checkResynced()
      return
    case 'assign-refused':
      options.logger.warn({ node, generation: String(message.generation), code: message.error.code, reason: message.error.message }, 'node refused its set')
      sender.refused(message.generation)
      return
    case 'status':
    case 'synced':
    case 'report':
      lane.take(message)
      return
    case 'reply':
      desk.reply(message)
      return
    case 'signal':
      publish(message.signals, session)
      return
    case 'hello':
    case 'bye':
      return
  }
}

/** A gateway is not told what became of a value: it says the next one soon. What can't be taken is told here. */
function publish(signals: readonly PublishedSignal[], { node, options, signal }: OpenSession): void {
  options.publish(signals, signal).catch((error: unknown) => {
    if (!signal.aborted) options.logger.warn({ node, reason: PiccoloError.from(error).message }, 'signals of a gateway could not be taken')
  })
}
