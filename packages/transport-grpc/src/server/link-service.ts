import {
  Metadata, type handleBidiStreamingCall, type handleUnaryCall, type ServerDuplexStream, type ServerUnaryCall, type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import {
  PiccoloError, type AdapterContext, type AgentMessage, type MasterMessage, type Peer, type TransportHandlers,
} from '@piccolo/core/spi'
import { peerAddress } from '../address.js'
import { passBytes } from '../client/call.js'
import type { Frame } from '../codec/frame.js'
import { frames } from '../codec/frames.js'
import { errorTrailers, toStatus } from '../errors.js'
import { LinkServiceService } from '../generated/piccolo/v1/link_service.js'
import { GrpcChannel } from '../session/grpc-channel.js'

type MasterGrpcChannel = GrpcChannel<AgentMessage, MasterMessage>

/** What a listener has to end when it closes. */
export interface OpenWork {
  readonly sessions: Set<MasterGrpcChannel>
  readonly calls: Set<AbortController>
}

export interface ServiceParts {
  readonly handlers: TransportHandlers
  readonly context: AdapterContext
  readonly work: OpenWork
  /** Tells that a call from this peer, as gRPC names it, is being served until the returned function is called. */
  attend(peer: string): () => void
}

/** The service's definition and implementation, over bytes. */
export function linkService(parts: ServiceParts): [ServiceDefinition, UntypedServiceImplementation] {
  const { handlers } = parts
  const raw = { requestSerialize: passBytes, requestDeserialize: passBytes, responseSerialize: passBytes, responseDeserialize: passBytes }
  const definition = {
    enroll: { ...LinkServiceService.enroll, ...raw },
    renew: { ...LinkServiceService.renew, ...raw },
    session: { ...LinkServiceService.session, ...raw },
  }
  const enroll = unary(parts, { request: frames.enrollRequest, reply: frames.enrollReply, serve: handlers.enroll.bind(handlers) })
  const renew = unary(parts, { request: frames.renewRequest, reply: frames.renewReply, serve: handlers.renew.bind(handlers) })
  return [definition, { enroll, renew, session: session(parts) }]
}

interface UnaryMethod<Request, Reply> {
  readonly request: Frame<never, Request>
  readonly reply: Frame<Reply, unknown>
  serve(request: Request, peer: Peer, signal: AbortSignal): Promise<Reply>
}

function unary<Request, Reply>({ context, work, attend }: ServiceParts, { request, reply, serve }: UnaryMethod<Request, Reply>): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const ended = new AbortController()
    const served = attend(call.getPeer())
    work.calls.add(ended)
    call.once('cancelled', () => ended.abort())
    const answer = async (): Promise<Buffer> => reply.encode(await serve(request.decode(call.request), peerOf(call), ended.signal))
    answer()
      .then((bytes) => callback(null, bytes), (error: unknown) => callback(toStatus(crossing(error, context))))
      .finally(() => {
        work.calls.delete(ended)
        served()
      })
  }
}

function session({ handlers, context, work, attend }: ServiceParts): handleBidiStreamingCall<Buffer, Buffer> {
  return (stream) => {
    const peer = peerOf(stream)
    if (peer.certificate === undefined) {
      const refusal = new PiccoloError('unauthenticated', 'A session needs a node certificate of this cluster: enroll or renew first.')
      stream.emit('error', toStatus(refusal))
      return
    }
    // Accepted: the agent's connect resolves on this.
    stream.sendMetadata(new Metadata())
    const channel = channelOver(stream, { peer, context })
    const ended = new AbortController()
    const served = attend(stream.getPeer())
    work.sessions.add(channel)
    channel.onOver(() => {
      work.sessions.delete(channel)
      served()
      ended.abort()
    })
    const serve = async (): Promise<void> => {
      try {
        await handlers.session(channel, ended.signal)
        await channel.close()
      } catch (error) {
        await channel.finish(crossing(error, context))
      }
    }
    void serve()
  }
}

function channelOver(stream: ServerDuplexStream<Buffer, Buffer>, { peer, context }: { peer: Peer; context: AdapterContext }): MasterGrpcChannel {
  const channel: MasterGrpcChannel = new GrpcChannel<AgentMessage, MasterMessage>({
    stream,
    peer,
    clock: context.clock,
    incoming: frames.agentMessage,
    outgoing: frames.masterMessage,
    // The status stays OK: with any other, the agent's gRPC drops messages that it has received and not yet handed up.
    finish: (error) => stream.end(error && errorTrailers(error)),
    release: () => stream.destroy(),
  })
  stream.once('end', () => void channel.finish())
  stream.once('cancelled', () => {
    channel.ended(new PiccoloError('unavailable', `The connection from ${peer.address} broke.`, { details: { address: peer.address } }))
  })
  return channel
}

function peerOf(call: ServerUnaryCall<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>): Peer {
  const address = peerAddress(call.getPeer())
  const certificate = call.getAuthContext().sslPeerCertificate?.raw
  return certificate === undefined ? { address } : { address, certificate: new Uint8Array(certificate) }
}

/** What the other side may hear: our own errors as they are, of a defect only that there was one. */
function crossing(error: unknown, { logger }: AdapterContext): PiccoloError {
  if (PiccoloError.is(error)) return error
  logger.error({ error }, 'a transport handler failed unexpectedly')
  return new PiccoloError('internal', 'The other side failed unexpectedly; its log says more.')
}
