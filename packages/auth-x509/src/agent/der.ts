/** Tags of the few DER types a certificate request is made of. */
export const tag = { integer: 0x02, bitString: 0x03, objectId: 0x06, sequence: 0x30, context0: 0xa0 } as const

/** One DER element: tag, length, content. */
export function der(elementTag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([elementTag]), encodedLength(body.length), body])
}

function encodedLength(length: number): Uint8Array {
  if (length < 0x80) return Buffer.from([length])
  const digits = length.toString(16)
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}
