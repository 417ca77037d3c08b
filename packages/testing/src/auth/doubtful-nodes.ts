import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import type { Random, TlsIdentity } from '@piccolo/core/spi'
import { pemOf } from './pem.js'
import { clientAuth, signCertificate } from './sign-certificate.js'
import { newKey } from './test-key.js'

export interface DoubtfulNode {
  readonly nodeId: string
  readonly random: Random
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

interface Issuer {
  readonly name: string
  readonly key: KeyObject
}

/** What somebody makes who has the key of a node and takes it for an authority's. */
export function forgedNode({ certificateChainPem, privateKeyPem }: TlsIdentity, wanted: DoubtfulNode): TlsIdentity {
  const { subject } = new X509Certificate(certificateChainPem)
  const { leafPem, key } = leaf({ name: subject.replace(/^CN=/, ''), key: createPrivateKey(privateKeyPem) }, wanted)
  return { certificateChainPem: leafPem + certificateChainPem, privateKeyPem: pemOfKey(key) }
}

/** A node whose certificate leads to its authority over another one, and both are as old as each other. */
export function delegatedNode(wanted: DoubtfulNode): { readonly authorityPem: string; readonly node: TlsIdentity } {
  const root = { name: 'Memory root', key: newKey(wanted.random) }
  const between = { name: 'Memory intermediate', key: newKey(wanted.random) }
  const authority = (subject: Issuer, issuer: Issuer, notAfterMs: number): string => pemOf(signCertificate(issuer.key, {
    subject: subject.name, issuer: issuer.name, publicKey: createPublicKey(subject.key), serial: wanted.random.bytes(16), uri: 'piccolo://material/ca', hostNames: [],
    notBeforeMs: wanted.notBeforeMs, notAfterMs,
  }))
  const { leafPem, key } = leaf(between, wanted)
  const lastingMs = wanted.notAfterMs + 10 * (wanted.notAfterMs - wanted.notBeforeMs)
  return {
    authorityPem: authority(root, root, lastingMs),
    node: { certificateChainPem: leafPem + authority(between, root, wanted.notAfterMs), privateKeyPem: pemOfKey(key) },
  }
}

function leaf(issuer: Issuer, { nodeId, random, notBeforeMs, notAfterMs }: DoubtfulNode): { readonly leafPem: string; readonly key: KeyObject } {
  const key = newKey(random)
  const certificate = signCertificate(issuer.key, {
    subject: nodeId, issuer: issuer.name, publicKey: createPublicKey(key), serial: random.bytes(16), uri: `piccolo://material/node/${nodeId}`, hostNames: [],
    usage: clientAuth, notBeforeMs, notAfterMs,
  })
  return { leafPem: pemOf(certificate), key }
}

function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
