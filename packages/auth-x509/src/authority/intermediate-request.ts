import { createPublicKey, webcrypto, type KeyObject } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'
import { authorityUri, clusterOfAuthority, issuingName } from '../certificate/names.js'
import { provenKey } from './read-csr.js'
import { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from './x509-library.js'

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' }

/** What an authority asks the owner of the root for, PKCS#10 in PEM: its key, proven, and the cluster it signs for. */
export async function intermediateRequest(privateKey: KeyObject, cluster: string): Promise<string> {
  const [own, shown] = await Promise.all([
    webcrypto.subtle.importKey('pkcs8', privateKey.export({ type: 'pkcs8', format: 'der' }), ecdsa, false, ['sign']),
    webcrypto.subtle.importKey('spki', createPublicKey(privateKey).export({ type: 'spki', format: 'der' }), ecdsa, true, ['verify']),
  ])
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [issuingName(cluster)] }],
    keys: { privateKey: own, publicKey: shown },
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new SubjectAlternativeNameExtension([{ type: 'url', value: authorityUri(cluster) }])],
  })
  return `${request.toString('pem')}\n`
}

/** `invalid-argument` for what is no such request. */
export async function readIntermediateRequest(pem: string): Promise<{ readonly publicKey: KeyObject; readonly cluster: string }> {
  const request = parsed(pem)
  const publicKey = await provenKey(new Uint8Array(request.rawData))
  const [names] = request.extensions.filter((extension) => extension instanceof SubjectAlternativeNameExtension)
  const [cluster] = (names?.names.toJSON() ?? []).flatMap(({ type, value }) => (type === 'url' ? clusterOfAuthority(value) ?? [] : []))
  if (cluster === undefined) throw noRequest()
  return { publicKey, cluster }
}

function parsed(pem: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(pem)
  } catch (error) {
    throw noRequest(error)
  }
}

function noRequest(cause?: unknown): PiccoloError {
  return new PiccoloError('invalid-argument', 'This is not the request of an authority. `piccolo ca intermediate` on the machine of the master writes one.', { cause })
}
