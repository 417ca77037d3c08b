import { PiccoloError, throwIfAborted } from '../../errors/index.js'
import type { Clock } from '../ambient.js'
import type { ClientTls } from '../transport.js'
import type { ByteStream } from './byte-stream.js'
import { errorOf, type Packet } from './packet.js'
import { PacketStream } from './packet-stream.js'
import type { StreamDriver } from './stream-driver.js'

const answerWithinMs = 15_000

export interface AttemptParts {
  readonly dial: StreamDriver['dial']
  readonly address: string
  readonly tls: ClientTls
  /** The caller's, and the transport's own end. */
  readonly signals: readonly AbortSignal[]
  readonly clock: Clock
}

/** One attempt: TLS, the server judged before anything is written, then `use`. Ends by a signal, or after 15 s. Failed, it leaves nothing open. */
export async function attempt<Result>({ dial, address, tls, signals, clock }: AttemptParts, use: (packets: PacketStream, limit: AbortSignal) => Promise<Result>): Promise<Result> {
  const late = new AbortController()
  const cancel = clock.schedule(answerWithinMs, () => late.abort())
  const limit = AbortSignal.any([...signals, late.signal])
  let stream: ByteStream | undefined
  const work = async (): Promise<Result> => {
    const dialled = await dial(address, tls.identity, limit)
    stream = dialled.stream
    if (limit.aborted) stream.destroy()
    throwIfAborted(limit)
    tls.verifyServer(dialled.chain)
    return await use(new PacketStream(stream), limit)
  }
  try {
    return await unlessAborted(work(), limit)
  } catch (error) {
    stream?.destroy()
    if (late.signal.aborted) throw new PiccoloError('deadline-exceeded', `${address} did not answer within ${answerWithinMs / 1000} s.`, { details: { address } })
    throwIfAborted(limit)
    throw translated(error, `Connecting to ${address}`)
  } finally {
    cancel()
  }
}

/** The next packet, which has to be of this kind. */
export async function expected<Kind extends Packet['kind']>(packets: PacketStream, kind: Kind): Promise<Extract<Packet, { readonly kind: Kind }>> {
  const packet = await packets.read()
  if (packet === undefined) throw new PiccoloError('unavailable', 'The other side ended the connection without an answer.')
  if (packet.kind === 'error') throw errorOf(packet.body)
  if (packet.kind !== kind) throw new PiccoloError('invalid-argument', 'The other side answered something else than was asked.')
  // Just compared; the compiler does not narrow a union by a type parameter.
  return packet as Extract<Packet, { readonly kind: Kind }>
}

/** What a medium throws, in our words. */
export function translated(error: unknown, doing: string): PiccoloError {
  if (PiccoloError.is(error)) return error
  return new PiccoloError('unavailable', `${doing} failed: ${error instanceof Error ? error.message : String(error)}.`, { cause: error })
}

async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new PiccoloError('aborted', 'The operation was aborted.', { cause: signal.reason }))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
