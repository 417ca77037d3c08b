import type { StatusObject } from '@grpc/grpc-js'
import type { AgentMessage, Clock, MasterMessage } from '@piccolo/core/spi'
import { frames } from '../codec/frames.js'
import { fromStatus } from '../errors.js'
import { LinkServiceService } from '../generated/piccolo/v1/link_service.js'
import { GrpcChannel } from '../session/grpc-channel.js'
import type { Dial } from './attempt.js'
import { passBytes } from './call.js'

export type AgentGrpcChannel = GrpcChannel<MasterMessage, AgentMessage>

/** Resolves when the server has accepted us: its initial metadata says so, and under TLS 1.3 nothing earlier does. */
export function openSession(dial: Dial, clock: Clock): Promise<AgentGrpcChannel> {
  const { address } = dial
  const stream = dial.client.makeBidiStreamRequest(LinkServiceService.session.path, passBytes, passBytes)
  // Every error comes as a status, too.
  stream.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    let channel: AgentGrpcChannel | undefined
    stream.once('metadata', () => {
      channel = new GrpcChannel<MasterMessage, AgentMessage>({
        stream,
        peer: { address },
        clock,
        incoming: frames.masterMessage,
        outgoing: frames.agentMessage,
        finish: (error) => (error === undefined ? stream.end() : stream.cancel()),
        release: () => {
          stream.cancel()
          dial.release()
        },
      })
      resolve(channel)
    })
    stream.once('status', (status: StatusObject) => {
      const failure = dial.tlsFailure() ?? fromStatus(status, address)
      if (channel !== undefined) channel.ended(failure)
      else reject(failure ?? new Error('The session ended before it began.'))
    })
  })
}
