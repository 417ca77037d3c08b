import type { TransportSubject } from '@piccolo/conformance'
import { PiccoloError, type AgentChannel, type AgentMessage, type EnrollReply, type MasterChannel } from '@piccolo/core/spi'
import { changed, never, type Mutant } from '../mutants/mutant.js'
import { agentChannel, broken, crossing, handling, listening, mapped, masterChannel, withoutLast } from './mutant-bed.js'

export const messages: readonly Mutant<TransportSubject>[] = [
  broken('transport/every-kind', 'loses the context', () => ({ master: masterChannel((real) => ({ messages: mapped(real.messages, ({ context: _, ...message }): AgentMessage => message) })) })),
  broken('transport/every-kind', 'loses the sequence', () => ({ master: masterChannel((real) => ({ messages: mapped(real.messages, ({ sequence: _, ...message }): AgentMessage => message) })) })),
  broken('transport/session-token', 'loses the token', () => ({ master: masterChannel((real) => ({ messages: mapped(real.messages, ({ sessionToken: _, ...message }): AgentMessage => message) })) })),
  broken('transport/session-token', 'has a token in every message', () => ({
    master: masterChannel((real) => ({ messages: mapped(real.messages, (message): AgentMessage => ({ ...message, sessionToken: message.sessionToken ?? '' })) })),
  })),
  broken('transport/order', 'lets every second message overtake', () => ({
    master: masterChannel((real) => ({
      messages: (async function* () {
        let first: AgentMessage | undefined
        for await (const message of real.messages) {
          if (first === undefined) first = message
          else {
            yield message
            yield first
            first = undefined
          }
        }
      })(),
    })),
  })),
  broken('transport/nothing-shared', 'hands over the object itself', () => {
    const sent: AgentMessage[] = []
    return {
      agent: agentChannel((real) => ({ send: (message, signal) => { sent.push(message); return real.send(message, signal) } })),
      master: masterChannel((real) => ({ messages: mapped(real.messages, (message) => sent.shift() ?? message) })),
    }
  }),
  broken('transport/back-pressure', 'takes in whatever it is given', () => ({ agent: agentChannel((real) => ({ send: async (message, signal) => { real.send(message, signal).catch(() => undefined) } })) })),
  broken('transport/back-pressure', 'loses what does not fit', () => ({
    agent: agentChannel((real) => ({
      send: async (message, signal) => {
        const late = AbortSignal.timeout(400)
        await real.send(message, AbortSignal.any([signal, late])).catch((error: unknown) => { if (!late.aborted) throw error })
      },
    })),
  })),
  broken('transport/back-pressure-down', 'takes in whatever it is given', () => ({ master: masterChannel((real) => ({ send: async (message, signal) => { real.send(message, signal).catch(() => undefined) } })) })),
  broken('transport/send-abort', 'sends what was aborted', () => ({
    agent: agentChannel((real) => ({
      send: async (message, signal) => {
        const sending = real.send(message, never)
        await Promise.race([sending, new Promise<never>((_, reject) => { signal.addEventListener('abort', () => { reject(new PiccoloError('aborted', 'given up')) }) })])
      },
    })),
  })),
  broken('transport/message-size', 'takes larger messages than it tells', () => ({
    master: (real) => ({ capabilities: { ...real.capabilities, maxMessageBytes: 1024 * 1024 } }),
  })),
  broken('transport/sessions-apart', 'closes all for one', () => {
    const channels = new Set<AgentChannel>()
    return {
      agent: agentChannel((real) => {
        channels.add(real)
        return { close: async () => { await Promise.all([...channels].map((channel) => channel.close())) } }
      }),
    }
  }),
]

export const closing: readonly Mutant<TransportSubject>[] = [
  broken('transport/agent-closes', 'loses the last message', () => ({ agent: agentChannel(withoutLast) })),
  broken('transport/master-closes', 'loses the last message', () => ({ master: masterChannel(withoutLast) })),
  broken('transport/handler-returns', 'loses the last message', () => ({ master: masterChannel(withoutLast) })),
  broken('transport/handler-rejects', 'ends in good order whatever the reason', () => ({ master: handling((real) => ({ session: (...args) => real.session(...args).catch(() => undefined) })) })),
  broken('transport/session-defects-stay-home', 'tells nodes what went wrong', () => ({
    master: handling((real) => ({ session: (...args) => real.session(...args).catch((error: unknown) => crossing('', error)) })),
  })),
  broken('transport/connection-breaks', 'takes a break for a good end', () => ({
    agent: agentChannel((real) => ({
      messages: (async function* () {
        try {
          yield* real.messages
        } catch (error) {
          if (!PiccoloError.is(error, 'unavailable')) throw error
        }
      })(),
    })),
  })),
  broken('transport/no-redial', 'dials again by itself', () => ({
    agent: (real) => ({
      connect: async (...args) => {
        const channel = await real.connect(...args)
        return changed(channel, {
          messages: (async function* () {
            try {
              yield* channel.messages
            } catch (error) {
              await real.connect(...args)
              throw error
            }
          })(),
        })
      },
    }),
  })),
  broken('transport/close-does-not-hang', 'will not close what is stuck', () => ({ agent: agentChannel(() => ({ close: () => Promise.reject(new PiccoloError('unavailable', 'stuck')) })) })),
  broken('transport/listener-closes', 'goes on listening', () => {
    const channels = new Set<MasterChannel>()
    return {
      master: (real) => {
        const noted = changed(real, handling((handlers) => ({ session: (channel, signal) => { channels.add(channel); return handlers.session(channel, signal) } }))(real))
        return listening(() => ({ close: async () => { await Promise.all([...channels].map((channel) => channel.close())) } }))(noted)
      },
    }
  }),
  broken('transport/listener-closes-calls', 'takes its close for a defect', () => {
    let isClosed = false
    return {
      master: listening((real) => ({ close: () => { isClosed = true; return real.close() } })),
      agent: (real) => ({
        enroll: async (...args): Promise<EnrollReply> => {
          const outcome = await real.enroll(...args).catch((error: unknown) => PiccoloError.from(error))
          if (isClosed) throw new PiccoloError('internal', 'What was that?')
          if (outcome instanceof Error) throw outcome
          return outcome
        },
      }),
    }
  }),
]
