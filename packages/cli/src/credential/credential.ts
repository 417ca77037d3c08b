import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PiccoloError } from '@piccolo/core/spi'
import { makeDirectory } from '../files/make-directory.js'
import { isMissing, systemFailure } from '../files/system-error.js'

/** What a person needs to reach a master: where it is, who it must be, and who they are. Holds a secret. */
export type Credential = {
  /** e.g. `https://127.0.0.1:47099`. */
  readonly address: string
  /** The cluster's certificate authority. */
  readonly caPem: string
} & (
  | { readonly token: string }
  /** A client certificate, with what leads from it to the authority, and its key. */
  | { readonly certificatePem: string; readonly privateKeyPem: string }
)

/** Undefined when there is no such file; `invalid-argument` when it is something else. */
export async function readCredential(path: string): Promise<Credential | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined
    const { code, reason } = systemFailure(error)
    throw new PiccoloError(code, `Cannot read the credential ${path} (${reason}). It belongs to whoever started the master.`, { cause: error })
  })
  return text === undefined ? undefined : parseCredential(text, path)
}

/** Asked before anything changes: a credential that is overwritten is gone. `already-exists` with the way on. */
export async function refuseTaken(path: string): Promise<void> {
  const taken = await stat(path).then(() => true, (error: unknown) => {
    if (isMissing(error)) return false
    const { code, reason } = systemFailure(error)
    throw new PiccoloError(code, `Cannot look at ${path} (${reason}). Name another place with --out.`, { cause: error })
  })
  if (taken) throw new PiccoloError('already-exists', `${path} is there already, and nothing was changed. Name another file with --out, or replace it with --overwrite.`)
}

/** Replaces the file as a whole; nobody but its owner can read it at any moment. */
export async function writeCredential(path: string, credential: Credential): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  await makeDirectory('--credential', dirname(path))
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(credential, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    const { code, reason } = systemFailure(error)
    throw new PiccoloError(code, `Cannot write the credential ${path} (${reason}). Name another place with --credential.`, { cause: error })
  }
}

/** Whether anybody but the owner may read it. */
export async function isExposed(path: string): Promise<boolean> {
  const { mode } = await stat(path)
  return process.platform !== 'win32' && (mode & 0o077) !== 0
}

function parseCredential(text: string, path: string): Credential {
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>> | null // checked field by field below
    const { address, caPem, token, certificatePem, privateKeyPem } = value ?? {}
    if (typeof address === 'string' && typeof caPem === 'string') {
      if (typeof token === 'string') return { address, caPem, token }
      if (typeof certificatePem === 'string' && typeof privateKeyPem === 'string') return { address, caPem, certificatePem, privateKeyPem }
    }
  } catch {
    // Not JSON: the same answer as for JSON of another shape.
  }
  throw new PiccoloError('invalid-argument', `${path} is not a credential: expected JSON with address, caPem and token, as \`piccolo master\` writes it.`)
}
