/** Tags of the DER types that certificates are made of. */
export const tag = {
  boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, objectId: 0x06, utf8: 0x0c, utcTime: 0x17, generalizedTime: 0x18,
  sequence: 0x30, set: 0x31, context0: 0xa0, context3: 0xa3, dnsName: 0x82, uri: 0x86, ipAddress: 0x87,
} as const

/** One DER element: tag, length, content. Text stands for its UTF-8. */
export function der(elementTag: number, ...content: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part as Uint8Array))) // Buffer.from takes both; its overloads don't
  return Buffer.concat([Buffer.from([elementTag]), encodedLength(body.length), body])
}

export const objectId = (hex: string): Buffer => der(tag.objectId, Buffer.from(hex, 'hex'))

/** A bit string of whole bytes. */
export const bits = (bytes: Uint8Array): Buffer => der(tag.bitString, Buffer.from([0]), bytes)

/** A positive integer of these bytes. */
export const integer = (bytes: Uint8Array): Buffer => der(tag.integer, Buffer.from([0]), Buffer.from([(bytes[0] ?? 0) | 0x80]), bytes.subarray(1))

export interface DerElement {
  readonly tag: number
  readonly content: Buffer
  /** With tag and length. */
  readonly whole: Buffer
}

/** The elements that follow each other in `bytes`. Throws a RangeError when they do not fill it exactly. */
export function derElements(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = []
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.readUInt8(at + 1)
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
    const start = at + 2 + lengthBytes
    if (start + length > bytes.length) throw new RangeError('an element is cut off')
    elements.push({ tag: bytes.readUInt8(at), content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) })
    at = start + length
  }
  return elements
}

function encodedLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff])
}
