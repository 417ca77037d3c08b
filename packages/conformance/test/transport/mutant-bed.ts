import type { TransportSubject } from '@piccolo/conformance'
import { PiccoloError, type AgentChannel, type MasterChannel, type SessionChannel, type Transport, type TransportHandlers, type TransportListener } from '@piccolo/core/spi'
import { manualClock, memoryNetwork, tlsMaterial } from '@piccolo/testing'
import { changed, context, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'

export type Change = (real: Transport) => Partial<Transport>

/** What becomes of the master's transport, and of each agent's. */
export interface Changes {
  readonly master?: Change
  readonly agent?: Change
}

export const material = await tlsMaterial({ seed: 1 })
export const stranger = await tlsMaterial({ seed: 2 })
export const same: Change = () => ({})

export function bed({ master = same, agent = same }: Changes): TransportSubject {
  const network = memoryNetwork()
  const parts = { ...context(), clock: manualClock(Date.now()) }
  const made = (real: Transport, change: Change): Transport => changed(real, change(real))
  return {
    master: made(network.transport({ listen: 'master' })(parts), master),
    agent: () => made(network.transport()(parts), agent),
    reach: async (address) => address,
    sever: () => { network.reset('master') },
    nowhere: 'nowhere', material, stranger,
  }
}

/** Made for each subject anew, so that a mutant may remember something. */
export const broken = (killedBy: string, name: string, changes: () => Changes): Mutant<TransportSubject> => ({ killedBy, name, provide: subjectOf(() => bed(changes())) })
export const agentMethod = (name: keyof Transport) => (alter: Alter) => subjectOf(() => bed({ agent: (real) => alter(real, name) }))

/** Handlers in other words. */
export const handling = (change: (real: TransportHandlers) => Partial<TransportHandlers>): Change => (real) => ({
  listen: (tls, handlers, signal) => real.listen(tls, { ...handlers, ...change(handlers) }, signal),
})
/** The listener in other words. */
export const listening = (change: (real: TransportListener) => Partial<TransportListener>): Change => (real) => ({
  listen: async (...args) => {
    const listener = await real.listen(...args)
    return changed(listener, change(listener))
  },
})
/** The agent's end of a session in other words. */
export const agentChannel = (change: (real: AgentChannel, transport: Transport) => Partial<AgentChannel>): Change => (real) => ({
  connect: async (...args) => {
    const channel = await real.connect(...args)
    return changed(channel, change(channel, real))
  },
})
/** The master's end of a session in other words. */
export const masterChannel = (change: (real: MasterChannel) => Partial<MasterChannel>): Change =>
  handling((real) => ({ session: (channel, signal) => real.session(changed(channel, change(channel)), signal) }))

export async function* mapped<Message>(messages: AsyncIterable<Message>, change: (message: Message) => Message): AsyncGenerator<Message> {
  for await (const message of messages) yield change(message)
}

/** Holds back the last message until another one is sent; closed meanwhile, it is lost. */
export function withoutLast<Incoming, Outgoing>(real: SessionChannel<Incoming, Outgoing>): Pick<SessionChannel<Incoming, Outgoing>, 'send'> {
  let held: { readonly message: Outgoing } | undefined
  return {
    send: async (message, signal) => {
      const before = held
      held = { message }
      if (before !== undefined) await real.send(before.message, signal)
    },
  }
}

export const crossing = (text: string, error: unknown): never => {
  throw PiccoloError.is(error) ? error : new PiccoloError('internal', `${text}${error instanceof Error ? error.message : ''}`)
}
