import { PiccoloError } from '../../errors/index.js'
import { SendWindow } from '../send-window.js'
import type { ByteStream } from './byte-stream.js'
import { decodePacket, type Packet } from './packet.js'
import { encodeWireValue } from './wire-value.js'

export const maxPacketBytes = 4 * 1024 * 1024
export const sendBufferBytes = 256 * 1024

const lengthBytes = 4

/** Packets over a stream of bytes. Reads nothing ahead of its reader but what the stream itself holds. */
export class PacketStream {
  readonly #stream: ByteStream
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #window = new SendWindow(sendBufferBytes)
  #held: Uint8Array = new Uint8Array()

  constructor(stream: ByteStream) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  /** The next packet; undefined = the stream ended. `unavailable` when it broke, `invalid-argument` for what is none, or larger than allowed. */
  async read(maxBytes = maxPacketBytes): Promise<Packet | undefined> {
    const head = await this.#take(lengthBytes)
    if (head === undefined) return undefined
    const length = new DataView(head.buffer).getUint32(0)
    if (length > maxBytes) throw new PiccoloError('invalid-argument', `A packet of ${length} bytes is announced; at most ${maxBytes} are taken.`)
    const bytes = await this.#take(length)
    if (bytes === undefined) throw tornPacket()
    return decodePacket(bytes)
  }

  /** Resolves once what is on its way is below the bound; `too-large` for a packet that is too large to be sent at all. */
  async send(packet: Packet, signal: AbortSignal): Promise<void> {
    const framed = frame(packet)
    await this.#window.reserve(framed.length, signal)
    this.#stream.write(framed, () => this.#window.free(framed.length))
  }

  /** The last packet, past those that wait to be sent, and the end of this side. */
  finish(packet: Packet): void {
    this.refuse(new PiccoloError('unavailable', 'The connection is being closed.'))
    this.#stream.write(frame(packet), () => undefined)
    this.#stream.end()
  }

  /** Sends nothing any more. */
  refuse(error: PiccoloError): void {
    this.#window.close(error)
  }

  destroy(): void {
    this.refuse(new PiccoloError('unavailable', 'The connection is closed.'))
    this.#stream.destroy()
  }

  /** Undefined when the stream ended before the first of them. */
  async #take(count: number): Promise<Uint8Array | undefined> {
    const parts = [this.#held]
    let heldBytes = this.#held.length
    while (heldBytes < count) {
      const chunk = await this.#next()
      if (chunk === undefined && heldBytes > 0) throw tornPacket()
      if (chunk === undefined) return undefined
      parts.push(chunk)
      heldBytes += chunk.length
    }
    const all = parts.length === 1 ? this.#held : joined(parts, heldBytes)
    this.#held = all.subarray(count)
    return all.slice(0, count)
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const next: IteratorResult<Uint8Array, unknown> = await this.#chunks.next()
      return next.done === true ? undefined : next.value
    } catch (error) {
      throw new PiccoloError('unavailable', `The connection broke: ${error instanceof Error ? error.message : String(error)}.`, { cause: error })
    }
  }
}

function tornPacket(): PiccoloError {
  return new PiccoloError('unavailable', 'The connection ended in the middle of a packet.')
}

function frame(packet: Packet): Uint8Array {
  const bytes = encodeWireValue(packet)
  if (bytes.length > maxPacketBytes) {
    throw new PiccoloError('too-large', `A message of ${bytes.length} bytes exceeds the limit of ${maxPacketBytes} bytes.`, {
      details: { bytes: bytes.length, maxMessageBytes: maxPacketBytes },
    })
  }
  const framed = new Uint8Array(lengthBytes + bytes.length)
  new DataView(framed.buffer).setUint32(0, bytes.length)
  framed.set(bytes, lengthBytes)
  return framed
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}
