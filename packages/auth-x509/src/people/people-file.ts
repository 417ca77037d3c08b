import { PiccoloError, type PersonRole } from '@piccolo/core/spi'
import type { PrivateFiles } from '../files/private-files.js'

const peopleFile = 'people.json'
const format = 1

/** One bearer token of a person or program, as kept: of its secret only the hash. */
export interface PersonRecord {
  readonly id: string
  readonly name: string
  readonly role: PersonRole
  readonly secretHash: string
}

export async function loadPeople(files: PrivateFiles, signal: AbortSignal): Promise<readonly PersonRecord[]> {
  const text = await files.read(peopleFile, signal)
  if (text === undefined) return []
  const value = parsed(text, files.place)
  if (!isPeople(value)) throw damaged(files.place)
  return value.people
}

export async function savePeople(files: PrivateFiles, people: readonly PersonRecord[], signal: AbortSignal): Promise<void> {
  await files.replace(peopleFile, `${JSON.stringify({ format, people }, undefined, 2)}\n`, signal)
}

function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw damaged(place, error)
  }
}

function damaged(place: string, cause?: unknown): PiccoloError {
  return new PiccoloError('corrupt', `The list of people ${peopleFile} in ${place} is damaged. Restore it from a backup, or remove it and make new tokens.`, { cause, details: { file: peopleFile } })
}

function isPeople(value: unknown): value is { readonly people: readonly PersonRecord[] } {
  return isRecord(value) && Array.isArray(value['people']) && value['people'].every(isPerson)
}

function isPerson(value: unknown): value is PersonRecord {
  return isRecord(value) && ['id', 'name', 'secretHash'].every((field) => typeof value[field] === 'string')
    && (value['role'] === 'admin' || value['role'] === 'operator' || value['role'] === 'viewer')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
