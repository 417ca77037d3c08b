import { readFile } from 'node:fs/promises'
import { parseJoinToken, PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import { fileError, isMissing } from '../files/file-error.js'

/** Where the join token comes from: given as text, or read from a file each time it is needed, so that one can be put there later. */
export type TokenSource =
  | { readonly token?: string; readonly tokenFile?: never }
  | { readonly token?: never; readonly tokenFile: string }

/** The token and the pin in it. `failed-precondition` when there is none, `invalid-argument` when it is damaged. */
export async function readToken(source: TokenSource, signal: AbortSignal): Promise<{ readonly token: string; readonly pin: string }> {
  throwIfAborted(signal)
  const text = source.tokenFile === undefined ? source.token : await readTokenFile(source.tokenFile)
  if (text === undefined || text.trim() === '') throw missing('This node has not joined a cluster yet and was given no token')
  return { token: text.trim(), pin: parseJoinToken(text).pin }
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) throw missing(`This node has not joined a cluster yet and there is no token in ${path}`)
    throw fileError(path, error)
  }
}

function missing(what: string): PiccoloError {
  return new PiccoloError('failed-precondition', `${what}. Make one on the master with \`piccolo token create\` and hand it to the agent.`)
}
