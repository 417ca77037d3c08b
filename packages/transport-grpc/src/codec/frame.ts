import { BinaryReader, type BinaryWriter } from '@bufbuild/protobuf/wire'
import { PiccoloError } from '@piccolo/core/spi'

/**
 * Tags and lengths that a frame may hold, nested ones counted. An element can be two bytes and its object a hundred: without a
 * bound 4 MiB would become 200 and take a second. An inventory of 10,000 items has some 70,000.
 */
const maxTags = 200_000

/** A message as bytes, both ways. Throws PiccoloError only. */
export interface Frame<Sent, Received = Sent> {
  encode(message: Sent): Buffer
  decode(bytes: Uint8Array): Received
}

interface WireType<Wire> {
  encode(message: Wire): BinaryWriter
  decode(reader: BinaryReader): Wire
}

interface Conversion<Sent, Wire, Received> {
  toWire(message: Sent): Wire
  fromWire(wire: Wire): Received
}

/** Joins a generated type and our conversion into one codec that knows its bounds. */
export function frame<Wire, Sent, Received>(
  type: WireType<Wire>,
  { toWire, fromWire }: Conversion<Sent, Wire, Received>,
  maxBytes: number,
): Frame<Sent, Received> {
  return {
    encode(message) {
      const bytes = attempt(() => type.encode(toWire(message)).finish())
      return bounded(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), maxBytes)
    },
    decode(bytes) {
      bounded(bytes, maxBytes)
      return attempt(() => fromWire(type.decode(countingReader(bytes))))
    },
  }
}

function bounded<Bytes extends Uint8Array>(bytes: Bytes, maxBytes: number): Bytes {
  if (bytes.length <= maxBytes) return bytes
  throw new PiccoloError('too-large', `A message of ${bytes.length} bytes exceeds the limit of ${maxBytes} bytes.`, {
    details: { bytes: bytes.length, maxMessageBytes: maxBytes },
  })
}

function countingReader(bytes: Uint8Array): BinaryReader {
  const reader = new BinaryReader(bytes)
  const readUint32 = reader.uint32.bind(reader)
  let tags = 0
  reader.uint32 = () => {
    tags += 1
    if (tags > maxTags) throw new PiccoloError('too-large', `A message has more than ${maxTags} tags and lengths.`)
    return readUint32()
  }
  return reader
}

/** The wire library's own errors all mean the same here: these bytes, or this value, are no message. */
function attempt<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (PiccoloError.is(error)) throw error
    const text = error instanceof Error ? error.message : String(error)
    throw new PiccoloError('invalid-argument', `Malformed message: ${text}.`, { cause: error })
  }
}
