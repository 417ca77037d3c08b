import type { SharedFiles } from '../files/private-files.js'
import { loadPeople, peopleFile, type PersonRecord } from './people-file.js'

/** The list of people as it is now: looked at for every question, read only when it has changed. */
export class PeopleReader {
  readonly #files: SharedFiles
  #read: { readonly stamp: string | undefined; readonly people: readonly PersonRecord[] } | undefined

  constructor(files: SharedFiles) {
    this.#files = files
  }

  async find(fits: (person: PersonRecord) => boolean, signal: AbortSignal): Promise<PersonRecord | undefined> {
    return (await this.all(signal)).find(fits)
  }

  async all(signal: AbortSignal): Promise<readonly PersonRecord[]> {
    const stamp = await this.#files.stamp(peopleFile, signal)
    // The stamp is older than what is read: a change in between is noticed next time.
    if (this.#read === undefined || this.#read.stamp !== stamp) this.#read = { stamp, people: await loadPeople(this.#files, signal) }
    return this.#read.people
  }
}
