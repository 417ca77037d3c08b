import { PiccoloError, type PersonRole } from '@piccolo/core/spi'
import { directoryFiles } from '../files/directory-files.js'
import type { PrivateFiles } from '../files/private-files.js'
import { loadPeople, savePeople, type Person, type PersonRecord } from './people-file.js'

export interface KnownPerson extends Person {
  /** How they prove who they are. */
  readonly proof: 'token' | 'certificate'
}

/** Everybody who is known, in the order in which they were made known. */
export async function listPeople({ directory }: { readonly directory: string }, signal: AbortSignal): Promise<readonly KnownPerson[]> {
  const people = await loadPeople(directoryFiles(directory), signal)
  return people.map((person) => ({ name: person.name, role: person.role, proof: 'keyFingerprint' in person ? 'certificate' : 'token' }))
}

/** Takes access away; it counts at the next call, also with a master that runs. `not-found` for a name that is not known. */
export async function removePerson({ directory, name }: { readonly directory: string; readonly name: string }, signal: AbortSignal): Promise<void> {
  const files = directoryFiles(directory)
  const people = await loadPeople(files, signal)
  requireKnown(people, name, files.place)
  await savePeople(files, people.filter((person) => person.name !== name), signal)
}

/** Token or certificate stay, the role is another; it counts at the next call, also with a master that runs. `not-found` for a name that is not known. */
export async function setPersonRole({ directory, name, role }: { readonly directory: string; readonly name: string; readonly role: PersonRole }, signal: AbortSignal): Promise<void> {
  const files = directoryFiles(directory)
  const people = await loadPeople(files, signal)
  requireKnown(people, name, files.place)
  await savePeople(files, people.map((person) => person.name === name ? { ...person, role } : person), signal)
}

/** In place of whatever the name had before. */
export async function keepPerson(files: PrivateFiles, person: PersonRecord, signal: AbortSignal): Promise<void> {
  const others = (await loadPeople(files, signal)).filter(({ name }) => name !== person.name)
  await savePeople(files, [...others, person], signal)
}

function requireKnown(people: readonly Person[], name: string, place: string): void {
  if (people.some((person) => person.name === name)) return
  throw new PiccoloError('not-found', `Nobody in ${place} is called "${name}". \`piccolo person list\` shows who is known.`)
}
