import { PiccoloError } from '@piccolo/core/spi'
import type { PrivateFiles } from '../files/private-files.js'
import type { IssuedIdentity } from './node-identity.js'

const identityFile = 'identity.json'
const format = 1

/** The identity as kept, in one file so that its parts never disagree. Its content is judged by {@link readIdentity}: signatures are better than a checksum. */
export async function loadIdentity(files: PrivateFiles, signal: AbortSignal): Promise<IssuedIdentity | undefined> {
  const text = await files.read(identityFile, signal)
  if (text === undefined) return undefined
  const value = parsed(text, files.place)
  if (!isIssuedIdentity(value)) throw damagedIdentity(files.place)
  return value
}

export async function saveIdentity(files: PrivateFiles, issued: IssuedIdentity, signal: AbortSignal): Promise<void> {
  const { cluster, nodeId, certificateChainPem, authoritiesPem } = issued
  await files.replace(identityFile, `${JSON.stringify({ format, cluster, nodeId, certificateChainPem, authoritiesPem }, undefined, 2)}\n`, signal)
}

export function damagedIdentity(place: string, cause?: unknown): PiccoloError {
  return new PiccoloError('corrupt', `The node's identity ${identityFile} in ${place} is damaged. Restore it from a backup; or, to join anew, move that directory away and start the agent with a new token (\`piccolo token create\`).`, { cause, details: { file: identityFile } })
}

function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw damagedIdentity(place, error)
  }
}

function isIssuedIdentity(value: unknown): value is IssuedIdentity {
  if (typeof value !== 'object' || value === null) return false
  const { cluster, nodeId, certificateChainPem, authoritiesPem } = value as Partial<Record<keyof IssuedIdentity, unknown>> // every field is checked below
  return typeof cluster === 'string' && typeof nodeId === 'string' && typeof certificateChainPem === 'string'
    && Array.isArray(authoritiesPem) && authoritiesPem.every((entry) => typeof entry === 'string')
}
