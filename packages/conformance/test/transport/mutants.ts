import { X509Certificate } from 'node:crypto'
import { transportSuite, type TransportSubject } from '@piccolo/conformance'
import {
  PiccoloError, throwIfAborted, type AgentChannel, type AgentMessage, type ClientTls, type EnrollReply, type MasterChannel, type SessionChannel,
  type TlsIdentity, type Transport, type TransportHandlers, type TransportListener,
} from '@piccolo/core/spi'
import { manualClock, memoryNetwork, tlsMaterial } from '@piccolo/testing'
import { abortMutants, changed, context, deaf, never, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'

type Change = (real: Transport) => Partial<Transport>

/** What becomes of the master's transport, and of each agent's. */
interface Changes {
  readonly master?: Change
  readonly agent?: Change
}

const material = await tlsMaterial({ seed: 1 })
const stranger = await tlsMaterial({ seed: 2 })
const same: Change = () => ({})

function bed({ master = same, agent = same }: Changes): TransportSubject {
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
const broken = (killedBy: string, name: string, changes: () => Changes): Mutant<TransportSubject> => ({ killedBy, name, provide: subjectOf(() => bed(changes())) })
const agentMethod = (name: keyof Transport) => (alter: Alter) => subjectOf(() => bed({ agent: (real) => alter(real, name) }))

/** Handlers in other words. */
const handling = (change: (real: TransportHandlers) => Partial<TransportHandlers>): Change => (real) => ({
  listen: (tls, handlers, signal) => real.listen(tls, { ...handlers, ...change(handlers) }, signal),
})
/** The listener in other words. */
const listening = (change: (real: TransportListener) => Partial<TransportListener>): Change => (real) => ({
  listen: async (...args) => {
    const listener = await real.listen(...args)
    return changed(listener, change(listener))
  },
})
/** The agent's end of a session in other words. */
const agentChannel = (change: (real: AgentChannel, transport: Transport) => Partial<AgentChannel>): Change => (real) => ({
  connect: async (...args) => {
    const channel = await real.connect(...args)
    return changed(channel, change(channel, real))
  },
})
/** The master's end of a session in other words. */
const masterChannel = (change: (real: MasterChannel) => Partial<MasterChannel>): Change =>
  handling((real) => ({ session: (channel, signal) => real.session(changed(channel, change(channel)), signal) }))

async function* mapped<Message>(messages: AsyncIterable<Message>, change: (message: Message) => Message): AsyncGenerator<Message> {
  for await (const message of messages) yield change(message)
}

/** Holds back the last message until another one is sent; closed meanwhile, it is lost. */
function withoutLast<Incoming, Outgoing>(real: SessionChannel<Incoming, Outgoing>): Pick<SessionChannel<Incoming, Outgoing>, 'send'> {
  let held: { readonly message: Outgoing } | undefined
  return {
    send: async (message, signal) => {
      const before = held
      held = { message }
      if (before !== undefined) await real.send(before.message, signal)
    },
  }
}

const crossing = (text: string, error: unknown): never => {
  throw PiccoloError.is(error) ? error : new PiccoloError('internal', `${text}${error instanceof Error ? error.message : ''}`)
}

const lifecycle: readonly Mutant<TransportSubject>[] = [
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

const aborting: readonly Mutant<TransportSubject>[] = [
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

const calls: readonly Mutant<TransportSubject>[] = [
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

/** An agent that shows this identity whatever it was given. */
const showing = (identity: TransportSubject['material']['node']): Change => (real) => ({ connect: (address, tls, signal) => real.connect(address, { ...tls, identity }, signal) })

/** Takes one identity for another that is in order. */
const mistaking = (taken: TlsIdentity): Change => (real) => {
  const seen = (tls: ClientTls): ClientTls => (tls.identity === taken ? { ...tls, identity: material.node } : tls)
  return {
    connect: (address, tls, signal) => real.connect(address, seen(tls), signal),
    renew: (address, request, tls, signal) => real.renew(address, request, seen(tls), signal),
  }
}
/** Refuses sessions with certificates such as these. */
const keepingOut = (isUnwanted: (certificate: X509Certificate) => boolean): Change =>
  handling((real) => ({
    session: (channel, signal) => {
      const { certificate } = channel.peer
      if (certificate !== undefined && isUnwanted(new X509Certificate(certificate))) return Promise.reject(new PiccoloError('unauthenticated', 'I do not like its date.'))
      return real.session(channel, signal)
    },
  }))

const identity: readonly Mutant<TransportSubject>[] = [
  broken('transport/session-needs-certificate', 'lets anybody in', () => ({ agent: showing(material.node) })),
  broken('transport/session-refuses-strangers', 'lets strangers in', () => ({ agent: showing(material.node) })),
  broken('transport/session-knows-its-peer', 'takes every peer for the first', () => ({ agent: showing(material.node) })),
  broken('transport/verify-sees-the-chain', 'shows the leaf only', () => ({
    agent: (real) => ({ enroll: (address, request, { verifyServer }, signal) => real.enroll(address, request, { verifyServer: (chain) => { verifyServer(chain.slice(0, 1)) } }, signal) }),
  })),
  broken('transport/verify-before-the-secret', 'looks at the server afterwards', () => ({
    agent: (real) => ({
      enroll: async (address, request, { verifyServer }, signal) => {
        let chain: readonly Uint8Array[] = []
        const reply = await real.enroll(address, request, { verifyServer: (presented) => { chain = presented } }, signal)
        verifyServer(chain)
        return reply
      },
    }),
  })),
  broken('transport/update-tls', 'keeps the first certificate', () => ({ master: listening(() => ({ updateTls: () => undefined })) })),
  broken('transport/update-tls', 'drops everybody for a new certificate', () => {
    const channels = new Set<MasterChannel>()
    return {
      master: (real) => {
        const noting = handling((handlers) => ({ session: (channel, signal) => { channels.add(channel); return handlers.session(channel, signal) } }))(real)
        const noted = changed(real, noting)
        return listening((listener) => ({ updateTls: (tls) => { listener.updateTls(tls); for (const channel of channels) void channel.close() } }))(noted)
      },
    }
  }),
  broken('transport/time-is-not-judged', 'drops certificates that are over', () => ({ master: keepingOut(({ validTo }) => Date.parse(validTo) < Date.now()) })),
  broken('transport/time-is-not-judged', 'drops certificates that are not valid yet', () => ({ master: keepingOut(({ validFrom }) => Date.parse(validFrom) > Date.now()) })),
  broken('transport/time-is-not-judged', 'lets nodes in whose certificate is over, and hides it from who renews', () => ({
    master: handling((real) => ({ renew: (request, { address }, signal) => real.renew(request, { address }, signal) })),
  })),
  broken('transport/delegated-authorities', 'judges the time of an authority in between', () => ({ master: keepingOut(({ issuer }) => issuer === 'CN=Memory intermediate') })),
  broken('transport/delegated-authorities', 'takes every authority for its own', () => ({ agent: mistaking(material.delegated.node) })),
  broken('transport/refuses-expired-strangers', 'asks of a certificate that is over nothing else', () => ({ agent: mistaking(stranger.expiredNode) })),
  broken('transport/refuses-forgeries', 'takes everybody in a chain for an authority', () => ({ agent: mistaking(material.forgedNode) })),
  broken('transport/authorities-overlap', 'knows the newest authority only', () => ({
    master: listening((real) => ({ updateTls: (tls) => { real.updateTls({ ...tls, clientAuthoritiesPem: tls.clientAuthoritiesPem.slice(0, 1) }) } })),
  })),
  broken('transport/authorities-overlap', 'drops no authority that it had', () => {
    const known = new Set<string>()
    return {
      master: listening((real) => ({
        updateTls: (tls) => {
          for (const pem of tls.clientAuthoritiesPem) known.add(pem)
          real.updateTls({ ...tls, clientAuthoritiesPem: [...known] })
        },
      })),
    }
  }),
  broken('transport/update-authorities', 'keeps the first authorities', () => ({
    master: listening((real) => ({ updateTls: (tls) => { real.updateTls({ ...tls, clientAuthoritiesPem: material.server.clientAuthoritiesPem }) } })),
  })),
]

const messages: readonly Mutant<TransportSubject>[] = [
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

const closing: readonly Mutant<TransportSubject>[] = [
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

export const transportWalk: Walk<TransportSubject> = {
  suite: transportSuite,
  original: subjectOf(() => bed({})),
  mutants: [...lifecycle, ...aborting, ...calls, ...identity, ...messages, ...closing],
}
