import { PiccoloError, type PersonRole } from '@piccolo/core/spi'
import type { PrivateFiles } from '../files/private-files.js'

export const peopleFile = 'people.json'
const format = 1

/** A person or program: who, and what they may do. */
export interface Person {
  readonly name: string
  readonly role: PersonRole
}

/** As kept, with what proves them: of a token the hash of its secret, of a certificate the fingerprint of its key. */
export type PersonRecord = Person & ({ readonly id: string; readonly secretHash: string } | { readonly keyFingerprint: string })

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
  return new PiccoloError('corrupt', `The list of people ${peopleFile} in ${place} is damaged. Restore it from a backup, or remove it and make everybody known anew with \`piccolo person create\`.`, { cause, details: { file: peopleFile } })
}

function isPeople(value: unknown): value is { readonly people: readonly PersonRecord[] } {
  return isRecord(value) && Array.isArray(value['people']) && value['people'].every(isPerson)
}

function isPerson(value: unknown): value is PersonRecord {
  if (!isRecord(value) || typeof value['name'] !== 'string') return false
  if (value['role'] !== 'admin' && value['role'] !== 'operator' && value['role'] !== 'viewer') return false
  return typeof value['keyFingerprint'] === 'string' || (typeof value['id'] === 'string' && typeof value['secretHash'] === 'string')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
