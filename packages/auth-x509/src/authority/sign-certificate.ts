import { createPublicKey, webcrypto, X509Certificate, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import type { Random } from '@piccolo/core/spi'
import {
  AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension,
  SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509Certificate as LibraryCertificate, X509CertificateGenerator, type Extension, type JsonGeneralNames,
} from './x509-library.js'

const serialBytes = 16
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' }

export interface Signer {
  readonly commonName: string
  readonly privateKey: KeyObject
  readonly random: Pick<Random, 'bytes'>
}

export interface Validity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

export interface LeafRequest extends Validity {
  readonly publicKey: KeyObject
  readonly commonName: string
  readonly uri: string
  /** Host names and addresses. */
  readonly names: readonly string[]
  /** Object id of the one purpose it serves. */
  readonly usage: string
}

export interface AuthorityRequest extends Validity {
  readonly publicKey: KeyObject
  readonly commonName: string
  readonly uri: string
  /** How many authorities may stand between this one and a leaf; any number if undefined. */
  readonly pathLength: number | undefined
}

/** The certificate of an authority: signs others, serves nothing else. */
export async function signAuthority(signer: Signer, request: AuthorityRequest): Promise<X509Certificate> {
  return sign(signer, request, [
    new BasicConstraintsExtension(true, request.pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    new SubjectAlternativeNameExtension([{ type: 'url', value: request.uri }]),
  ])
}

/** What {@link AuthorityRequest.pathLength} a certificate was made with. */
export function pathLengthOf({ raw }: X509Certificate): number | undefined {
  return new LibraryCertificate(raw).getExtension(BasicConstraintsExtension)?.pathLength
}

export async function signLeaf(signer: Signer, request: LeafRequest): Promise<X509Certificate> {
  return sign(signer, request, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([request.usage], true),
    new SubjectAlternativeNameExtension([...request.names.map(hostName), { type: 'url', value: request.uri }]),
  ])
}

interface Subject extends Validity {
  readonly publicKey: KeyObject
  readonly commonName: string
}

async function sign(signer: Signer, subject: Subject, extensions: readonly Extension[]): Promise<X509Certificate> {
  const publicKey = await webKey(subject.publicKey)
  const certificate = await X509CertificateGenerator.create({
    serialNumber: Buffer.from(signer.random.bytes(serialBytes)).toString('hex'),
    subject: [{ CN: [subject.commonName] }],
    issuer: [{ CN: [signer.commonName] }],
    notBefore: wholeSecond(subject.notBeforeMs),
    notAfter: wholeSecond(subject.notAfterMs),
    publicKey,
    signingKey: (await signing(signer.privateKey)).key,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      ...extensions,
      await SubjectKeyIdentifierExtension.create(publicKey),
      (await signing(signer.privateKey)).identifier,
    ],
  })
  return new X509Certificate(Buffer.from(certificate.rawData))
}

interface Signing {
  readonly key: webcrypto.CryptoKey
  readonly identifier: Extension
}

/** What each certificate by a key takes of it. Reading keys takes longer than signing, and an authority signs with one all its life. */
const signings = new WeakMap<KeyObject, Promise<Signing>>()

function signing(privateKey: KeyObject): Promise<Signing> {
  const made = signings.get(privateKey) ?? makeSigning(privateKey)
  signings.set(privateKey, made)
  return made
}

async function makeSigning(privateKey: KeyObject): Promise<Signing> {
  return { key: await webKey(privateKey), identifier: await AuthorityKeyIdentifierExtension.create(await webKey(createPublicKey(privateKey))) }
}

/** The library works on WebCrypto keys, everything else here on node:crypto's. */
async function webKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  return key.type === 'private'
    ? webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), ecdsa, false, ['sign'])
    : webcrypto.subtle.importKey('spki', key.export({ type: 'spki', format: 'der' }), ecdsa, true, ['verify'])
}

/** Certificates count in seconds; some readers choke on fractions. */
function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000)
}

function hostName(value: string): JsonGeneralNames[number] {
  return { type: isIP(value) === 0 ? 'dns' : 'ip', value }
}
