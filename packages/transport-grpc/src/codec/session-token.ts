import { malformed } from './values.js'

const maxTokenBytes = 64
const pairs = /^(?:[0-9a-f]{2})*$/

/** Lower-case hex in the protocol, half as long on the wire: it is in every message. */
export const sessionToken = {
  toWire(token: string): Uint8Array {
    if (!pairs.test(token)) throw malformed('sessionToken', 'is not lower-case hexadecimal')
    return bounded(Buffer.from(token, 'hex'))
  },
  fromWire: (bytes: Uint8Array): string => Buffer.from(bounded(bytes)).toString('hex'),
}

function bounded(bytes: Uint8Array): Uint8Array {
  if (bytes.length > maxTokenBytes) throw malformed('sessionToken', `has ${bytes.length} bytes, expected at most ${maxTokenBytes}`)
  return bytes
}
