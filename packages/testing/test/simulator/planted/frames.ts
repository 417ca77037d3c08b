import type { AgentChannel, AgentMessage, MasterMessage, Transport, TransportAdapter } from '@piccolo/core/spi'

export interface Frames {
  /** What goes out in the place of one message of the agent. */
  readonly up?: (message: AgentMessage) => readonly AgentMessage[]
  /** What arrives in the place of one message of the master. */
  readonly down?: (message: MasterMessage) => readonly MasterMessage[]
}

/** A transport that tampers with what passes; `session` is called for each connection. */
export function tampering(adapter: TransportAdapter, session: () => Frames): TransportAdapter {
  return (context) => {
    const transport = adapter(context)
    const port: Transport = {
      capabilities: transport.capabilities,
      listen: (tls, handlers, signal) => transport.listen(tls, handlers, signal),
      enroll: (address, request, tls, signal) => transport.enroll(address, request, tls, signal),
      renew: (address, request, tls, signal) => transport.renew(address, request, tls, signal),
      connect: async (address, tls, signal) => channelWith(await transport.connect(address, tls, signal), session()),
      close: () => transport.close(),
    }
    return port
  }
}

function channelWith(channel: AgentChannel, { up = (message) => [message], down = (message) => [message] }: Frames): AgentChannel {
  async function* received(): AsyncGenerator<MasterMessage> {
    for await (const message of channel.messages) yield* down(message)
  }
  return {
    peer: channel.peer,
    messages: received(),
    close: () => channel.close(),
    async send(message, signal) {
      for (const sent of up(message)) await channel.send(sent, signal)
    },
  }
}
