import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { bits, der, integer, objectId, tag } from './der.js'
import { signatureAlgorithm, signWith, spkiOf } from './test-key.js'

/** Extended key usages. */
export const serverAuth = '2b06010505070301'
export const clientAuth = '2b06010505070302'

export interface CertificateContent {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly serial: Uint8Array
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly uri: string
  readonly hostNames: readonly string[]
  /** What a leaf may be used for; absent = the certificate of an authority. */
  readonly usage?: string
}

const version3 = der(tag.context0, der(tag.integer, Buffer.from([2])))
const yes = der(tag.boolean, Buffer.from([0xff]))

/** A minimal X.509 certificate in DER that OpenSSL accepts, made by hand so that tests need no library. */
export function signCertificate(issuerKey: KeyObject, content: CertificateContent): Uint8Array {
  const algorithm = signatureAlgorithm(issuerKey)
  const signed = der(
    tag.sequence, version3, integer(content.serial), algorithm, commonName(content.issuer),
    der(tag.sequence, time(content.notBeforeMs), time(content.notAfterMs)),
    commonName(content.subject), spkiOf(content.publicKey), der(tag.context3, der(tag.sequence, ...extensions(content))),
  )
  return der(tag.sequence, signed, algorithm, bits(signWith(issuerKey, signed)))
}

function extensions({ uri, hostNames, usage }: CertificateContent): readonly Buffer[] {
  const names = extension('551d11', der(tag.sequence, ...hostNames.map(hostName), der(tag.uri, uri)))
  if (usage === undefined) return [extension('551d13', der(tag.sequence, yes)), names]
  return [extension('551d13', der(tag.sequence)), extension('551d25', der(tag.sequence, objectId(usage))), names]
}

function extension(id: string, value: Buffer): Buffer {
  return der(tag.sequence, objectId(id), yes, der(tag.octetString, value))
}

function commonName(text: string): Buffer {
  return der(tag.sequence, der(tag.set, der(tag.sequence, objectId('550403'), der(tag.utf8, text))))
}

/** Certificates write years before 2050 with two digits. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+|[-:T]/g, '')
  return digits < '2050' ? der(tag.utcTime, digits.slice(2)) : der(tag.generalizedTime, digits)
}

function hostName(value: string): Buffer {
  return isIP(value) === 0 ? der(tag.dnsName, value) : der(tag.ipAddress, isIP(value) === 4 ? Buffer.from(value.split('.').map(Number)) : ipv6Bytes(value))
}

function ipv6Bytes(value: string): Buffer {
  // The URL parser writes every form of the address in groups of hex.
  const [head = '', tail = ''] = new URL(`http://[${value}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '')
  const zeros = new Array<string>(8 - groups(head).length - groups(tail).length).fill('0')
  return Buffer.from([...groups(head), ...zeros, ...groups(tail)].map((group) => group.padStart(4, '0')).join(''), 'hex')
}
