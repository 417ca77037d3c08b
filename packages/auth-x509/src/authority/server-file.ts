import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { PrivateFiles } from '../files/private-files.js'

const serverFile = 'server.pem'

/** The master's own certificate, and the key that it is about. */
export interface ServerCertificate {
  readonly leaf: X509Certificate
  readonly privateKeyPem: string
}

/** What an earlier start kept; in one file, so that its parts never disagree. Throws for what can't be read, and for a key that others could read. */
export async function loadServer(files: PrivateFiles, signal: AbortSignal): Promise<ServerCertificate | undefined> {
  const text = await files.readSecret(serverFile, signal)
  if (text === undefined) return undefined
  const leaf = new X509Certificate(text)
  const privateKey = createPrivateKey(text)
  if (!leaf.checkPrivateKey(privateKey)) throw new Error(`key and certificate in ${serverFile} do not belong together`)
  return { leaf, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

export async function saveServer(files: PrivateFiles, { leaf, privateKeyPem }: ServerCertificate, signal: AbortSignal): Promise<void> {
  await files.replace(serverFile, privateKeyPem + leaf.toString(), signal)
}
