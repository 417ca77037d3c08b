import type { PeopleRecord } from '../../../model/records/index.js'

export type PersonEntry = PeopleRecord['people'][number]

/** One thing that is other than before with one name. */
export interface PersonDifference {
  readonly kind: 'created' | 'role-changed' | 'proof-replaced' | 'removed'
  /** Whether an administrator came of it, or another way in for one. */
  readonly makesAdmin: boolean
  readonly message: string
}

/** A name with which something is other than before. */
export interface PersonChange {
  readonly name: string
  /** Its entries of today; none = it was removed. */
  readonly now: readonly PersonEntry[]
  /** One at least, two at most. */
  readonly differences: readonly PersonDifference[]
}

/** Whoever came, went, got another role or another proof, by name. To stand elsewhere in the list is no difference. */
export function peopleDifferences(before: readonly PersonEntry[], now: readonly PersonEntry[]): readonly PersonChange[] {
  const [had, has] = [byName(before), byName(now)]
  return [...new Set([...had.keys(), ...has.keys()])].flatMap((name) => {
    const entries = has.get(name) ?? []
    const differences = differencesOf(name, had.get(name) ?? [], entries)
    return differences.length === 0 ? [] : [{ name, now: entries, differences }]
  })
}

function differencesOf(name: string, before: readonly PersonEntry[], now: readonly PersonEntry[]): readonly PersonDifference[] {
  const [was, is, wasBy, isBy] = [rolesOf(before), rolesOf(now), proofsOf(before), proofsOf(now)]
  const makesAdmin = now.some(({ role }) => role === 'admin')
  if (before.length === 0) return [{ kind: 'created', makesAdmin, message: `"${name}" may use the API from now on, as ${is}, by ${isBy}.` }]
  if (now.length === 0) return [{ kind: 'removed', makesAdmin, message: `"${name}" may use the API no longer; was ${was}.` }]
  const differences: PersonDifference[] = []
  if (was !== is) differences.push({ kind: 'role-changed', makesAdmin, message: `"${name}" is ${is} from now on; was ${was}.` })
  if (wasBy !== isBy) differences.push({ kind: 'proof-replaced', makesAdmin, message: `"${name}", ${is}, comes by ${isBy} from now on; came by ${wasBy}.` })
  return differences
}

function byName(people: readonly PersonEntry[]): ReadonlyMap<string, readonly PersonEntry[]> {
  const named = new Map<string, PersonEntry[]>()
  for (const entry of people) named.set(entry.name, [...named.get(entry.name) ?? [], entry])
  return named
}

function rolesOf(entries: readonly PersonEntry[]): string {
  return listed(entries.map(({ role }) => role))
}

function proofsOf(entries: readonly PersonEntry[]): string {
  return listed(entries.map(({ proof, proofId }) => `${proof} ${proofId}`))
}

function listed(words: readonly string[]): string {
  return [...new Set(words)].sort().join(', ')
}
