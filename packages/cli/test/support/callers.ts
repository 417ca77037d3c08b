import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { personCredential } from '@piccolo/auth-x509'
import type { PersonRole, TlsIdentity } from '@piccolo/core/spi'
import { Agent, fetch, type Response } from 'undici'

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /api/v1. */
  readonly path: string
  readonly body?: unknown
  /** Under which the audit has it. */
  readonly requestId?: string
  readonly signal?: AbortSignal
}

/** Somebody who calls a master's API over real TLS, with a proof of their own or with none. */
export interface ApiCaller extends AsyncDisposable {
  ask(ask: Ask): Promise<Response>
}

export interface CallerProof {
  readonly token?: string
  readonly identity?: TlsIdentity
}

export function apiCaller({ address, caPem }: { readonly address: string; readonly caPem: string }, { token, identity }: CallerProof): ApiCaller {
  const client = identity === undefined ? {} : { cert: identity.certificateChainPem, key: identity.privateKeyPem }
  const dispatcher = new Agent({ connect: { ca: caPem, servername: 'piccolo-master', ...client } })
  return {
    ask: ({ method, path, body, requestId, signal }) => fetch(`${address}/api/v1${path}`, {
      method, dispatcher,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(requestId !== undefined && { 'x-request-id': requestId }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    }),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}

/** Makes somebody known to the master whose state is there, as `piccolo person` does. */
export async function personWith(role: PersonRole, { masterDirectory, name = `the-${role}` }: { readonly masterDirectory: string; readonly name?: string }): Promise<string> {
  const { token } = await personCredential({ directory: join(masterDirectory, 'ca'), name, role }, new AbortController().signal)
  return token
}

/** What a node proves itself with, as its agent keeps it. */
export async function nodeIdentity(agentDirectory: string): Promise<TlsIdentity> {
  const [identity, privateKeyPem] = await Promise.all(['identity.json', 'node-key.pem'].map((file) => readFile(join(agentDirectory, 'credentials', file), 'utf8')))
  const { certificateChainPem } = JSON.parse(identity ?? '') as { readonly certificateChainPem: string } // the agent has written it
  return { certificateChainPem, privateKeyPem: privateKeyPem ?? '' }
}
