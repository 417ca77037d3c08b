import type { TransportSubject } from '@piccolo/conformance'
import { PiccoloError, throwIfAborted, type TransportListener } from '@piccolo/core/spi'
import { abortMutants, deaf, never, subjectOf, type Mutant } from '../mutants/mutant.js'
import { agentChannel, agentMethod, bed, broken, crossing, handling } from './mutant-bed.js'

export const lifecycle: readonly Mutant<TransportSubject>[] = [
  broken('transport/capabilities', 'has room for 100 bytes', () => ({ master: (real) => ({ capabilities: { ...real.capabilities, maxMessageBytes: 100 } }) })),
  broken('transport/close-unused', 'can be closed once', () => ({
    agent: (real) => {
      let isClosed = false
      return { close: () => { if (isClosed) return Promise.reject(new PiccoloError('failed-precondition', 'closed already')); isClosed = true; return real.close() } }
    },
  })),
  broken('transport/closed-refuses', 'takes its own close for an outage', () => ({
    agent: (real) => ({ renew: (...args) => real.renew(...args).catch(() => { throw new PiccoloError('unavailable', 'closed') }) }),
  })),
  broken('transport/closes-its-channels', 'hangs up without a word when it is closed', () => ({
    agent: agentChannel((real) => ({
      messages: (async function* () {
        yield* real.messages
        throw new PiccoloError('unavailable', 'hung up')
      })(),
    })),
  })),
  broken('transport/second-listen', 'listens for the last one only', () => ({
    master: (real) => {
      let before: TransportListener | undefined
      return {
        listen: async (...args) => {
          await before?.close()
          return (before = await real.listen(...args))
        },
      }
    },
  })),
  broken('transport/listen-again', 'listens once', () => ({
    master: (real) => {
      let listened = false
      return { listen: (...args) => { if (listened) return Promise.reject(new PiccoloError('failed-precondition', 'once')); listened = true; return real.listen(...args) } }
    },
  })),
]

export const aborting: readonly Mutant<TransportSubject>[] = [
  ...abortMutants({
    'transport/aborted-enroll': agentMethod('enroll'), 'transport/aborted-renew': agentMethod('renew'), 'transport/aborted-connect': agentMethod('connect'),
    'transport/aborted-send': (alter) => subjectOf(() => bed({ agent: agentChannel((real) => alter(real, 'send')) })),
  }),
  broken('transport/aborted-listen', 'listens although it was aborted', () => ({ master: (real) => deaf(real, 'listen') })),
  broken('transport/abort-reaches-the-handler', 'takes an abort for an outage', () => ({
    agent: (real) => ({ renew: (...args) => real.renew(...args).catch(() => { throw new PiccoloError('unavailable', 'given up') }) }),
  })),
  broken('transport/abort-reaches-the-handler', 'lets handlers work for nobody', () => ({
    master: handling((real) => ({ enroll: (request, peer) => real.enroll(request, peer, never), renew: (request, peer) => real.renew(request, peer, never) })),
  })),
  broken('transport/connect-abort', 'leaves behind what it has reached', () => ({
    agent: (real) => ({
      connect: async (address, tls, signal) => {
        throwIfAborted(signal)
        const channel = await real.connect(address, tls, never)
        throwIfAborted(signal)
        return channel
      },
    }),
  })),
  broken('transport/connect-signal-ends-with-dialling', 'ends a session with the signal of its dialling', () => ({
    agent: (real) => ({
      connect: async (address, tls, signal) => {
        const channel = await real.connect(address, tls, signal)
        signal.addEventListener('abort', () => void channel.close())
        return channel
      },
    }),
  })),
]

export const calls: readonly Mutant<TransportSubject>[] = [
  broken('transport/enroll-without-certificate', 'loses a part of the reply', () => ({
    agent: (real) => ({ enroll: async (...args) => ({ ...(await real.enroll(...args)), authoritiesPem: [] }) }),
  })),
  broken('transport/renew-with-or-without-certificate', 'does not tell who renews', () => ({
    master: handling((real) => ({ renew: (request, { address }, signal) => real.renew(request, { address }, signal) })),
  })),
  broken('transport/errors-cross', 'says that an error is another’s', () => ({
    agent: (real) => ({ enroll: (...args) => real.enroll(...args).catch((error: unknown) => {
      const { code, message, details } = PiccoloError.from(error)
      throw new PiccoloError(code, `remote: ${message}`, { details })
    }) }),
  })),
  broken('transport/errors-cross', 'has no room for details', () => ({
    agent: (real) => ({ enroll: (...args) => real.enroll(...args).catch((error: unknown) => {
      const { code, message } = PiccoloError.from(error)
      throw new PiccoloError(code, message)
    }) }),
  })),
  broken('transport/defects-stay-home', 'tells strangers what went wrong', () => ({
    master: handling((real) => ({ enroll: (...args) => real.enroll(...args).catch((error: unknown) => crossing('', error)) })),
  })),
  broken('transport/nobody-there', 'does not say where nobody is', () => ({
    agent: (real) => ({ enroll: (...args) => real.enroll(...args).catch(() => { throw new PiccoloError('unavailable', 'Nobody is there.') }) }),
  })),
  broken('transport/calls-apart', 'gives every caller the same answer', () => ({
    agent: (real) => ({ enroll: (address, request, tls, signal) => real.enroll(address, { ...request, wantedNodeId: 'node-0' }, tls, signal) }),
  })),
  broken('transport/calls-apart', 'makes one call after the other', () => ({
    agent: (real) => {
      let before: Promise<unknown> = Promise.resolve()
      return {
        enroll: (...args) => {
          const call = before.then(() => real.enroll(...args))
          before = call.catch(() => undefined)
          return call
        },
      }
    },
  })),
]
