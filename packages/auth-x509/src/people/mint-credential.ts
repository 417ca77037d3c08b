import type { PersonRole } from '@piccolo/core/spi'
import { directoryFiles } from '../files/directory-files.js'
import { keepPerson, type LastAdminOptions } from './people-list.js'
import { hashPersonSecret, newPersonToken, personTokenText } from './person-token.js'

export interface CredentialOptions extends LastAdminOptions {
  /** The directory that {@link x509Auth} was given. */
  readonly directory: string
  /** Whose token it is: shown in the audit. Letters, digits, whatever helps a reader. */
  readonly name: string
  readonly role: PersonRole
}

/**
 * Makes a bearer token for a person or program; it works at once, also with a master that runs. A token or certificate that the name had before
 * is replaced and works no longer. The token is told this once: only a hash of it is kept. `failed-precondition` for a lesser role under the name of the last administrator.
 */
export async function personCredential({ directory, name, role, force = false }: CredentialOptions, signal: AbortSignal): Promise<{ readonly token: string }> {
  const files = directoryFiles(directory)
  const token = newPersonToken()
  await keepPerson(files, { person: { id: token.id, name, role, secretHash: hashPersonSecret(token) }, force }, signal)
  return { token: personTokenText(token) }
}

/**
 * The administrator's token, for a master's first start: to be written where only the administrator reads it. Calling it again, because
 * that file was lost or a crash came between, replaces the token.
 */
export async function adminCredential({ directory, name = 'admin' }: { readonly directory: string; readonly name?: string }, signal: AbortSignal): Promise<{ readonly token: string }> {
  return personCredential({ directory, name, role: 'admin' }, signal)
}
