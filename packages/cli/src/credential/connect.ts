import { createClient, type PiccoloClient } from '@piccolo/client'
import { PiccoloError } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { isExposed, readCredential, type Credential } from './credential.js'
import { credentialPath } from './places.js'

/** A client for the master that the credential names. */
export async function connectWith(host: CliHost, option: string | undefined): Promise<PiccoloClient> {
  const path = credentialPath(host, option)
  const credential = await readCredential(path)
  if (credential === undefined) {
    throw new PiccoloError('unauthenticated', `There is no credential in ${path}. \`piccolo master\` writes one on its first start; name it with --credential or PICCOLO_CREDENTIAL.`)
  }
  if (await isExposed(path)) await host.err.write(`piccolo: others can read ${path}, which holds a secret; run: chmod 600 ${path}\n`)
  return await host.connect(credential)
}

/** HTTPS that trusts the cluster's authority and nobody else. Master certificates carry a name of their own, so any address will do. */
export async function connectOverHttps(credential: Credential): Promise<PiccoloClient> {
  const { address, caPem } = credential
  const { Agent, fetch } = await import('./https.js')
  const identity = 'token' in credential ? {} : { cert: credential.certificatePem, key: credential.privateKeyPem }
  const dispatcher = new Agent({ connect: { ca: caPem, servername: 'piccolo-master', timeout: 10_000, ...identity }, bodyTimeout: 0 })
  return createClient({ address, ...('token' in credential ? { token: credential.token } : {}), fetch: (url, init) => fetch(url, { ...init, dispatcher }) })
}
