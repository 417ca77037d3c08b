import { PiccoloError, type PersonRole } from '@piccolo/core/spi'
import { directoryFiles } from '../files/directory-files.js'
import type { PrivateFiles } from '../files/private-files.js'
import { loadPeople, savePeople, type Person, type PersonRecord } from './people-file.js'

export interface KnownPerson extends Person {
  /** How they prove who they are. */
  readonly proof: 'token' | 'certificate'
}

/** A change that would leave no administrator is refused, unless it is forced. */
export interface LastAdminOptions {
  /** Takes away the last administrator, too. Default: false, which is `failed-precondition` instead. */
  readonly force?: boolean
}

/** Everybody who is known, in the order in which they were made known. */
export async function listPeople({ directory }: { readonly directory: string }, signal: AbortSignal): Promise<readonly KnownPerson[]> {
  const people = await loadPeople(directoryFiles(directory), signal)
  return people.map((person) => ({ name: person.name, role: person.role, proof: 'keyFingerprint' in person ? 'certificate' : 'token' }))
}

/**
 * Takes access away; it counts at the next call, also with a master that runs. `not-found` for a name that is not known, `failed-precondition` for the
 * last administrator.
 */
export async function removePerson({ directory, name, force = false }: { readonly directory: string; readonly name: string } & LastAdminOptions, signal: AbortSignal): Promise<void> {
  const files = directoryFiles(directory)
  const people = await loadPeople(files, signal)
  requireKnown(people, name, files.place)
  const others = people.filter((person) => person.name !== name)
  if (!force) requireAdminLeft(people, others, name)
  await savePeople(files, others, signal)
}

/**
 * Token or certificate stay, the role is another; it counts at the next call, also with a master that runs. `not-found` for a name that is not known,
 * `failed-precondition` for a lesser role of the last administrator.
 */
export async function setPersonRole({ directory, name, role, force = false }: { readonly directory: string; readonly name: string; readonly role: PersonRole } & LastAdminOptions, signal: AbortSignal): Promise<void> {
  const files = directoryFiles(directory)
  const people = await loadPeople(files, signal)
  requireKnown(people, name, files.place)
  const changed = people.map((person) => person.name === name ? { ...person, role } : person)
  if (!force) requireAdminLeft(people, changed, name)
  await savePeople(files, changed, signal)
}

/** In place of whatever the name had before. `failed-precondition` for a lesser role under the name of the last administrator. */
export async function keepPerson(files: PrivateFiles, { person, force = false }: { readonly person: PersonRecord } & LastAdminOptions, signal: AbortSignal): Promise<void> {
  const people = await loadPeople(files, signal)
  const changed = [...people.filter(({ name }) => name !== person.name), person]
  if (!force) requireAdminLeft(people, changed, person.name)
  await savePeople(files, changed, signal)
}

/** Only of a list that had one: the first person of all may be anybody. */
function requireAdminLeft(before: readonly Person[], after: readonly Person[], name: string): void {
  const isAdmin = ({ role }: Person): boolean => role === 'admin'
  if (!before.some(isAdmin) || after.some(isAdmin)) return
  throw new PiccoloError('failed-precondition', `"${name}" is the last administrator: nobody could let nodes in or shut them out any more. Make another one first (\`piccolo person create --role admin\`), or insist with --force.`)
}

function requireKnown(people: readonly Person[], name: string, place: string): void {
  if (people.some((person) => person.name === name)) return
  throw new PiccoloError('not-found', `Nobody in ${place} is called "${name}". \`piccolo person list\` shows who is known.`)
}
