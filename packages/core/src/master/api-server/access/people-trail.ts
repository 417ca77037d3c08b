import { throwIfAborted } from '../../../errors/index.js'
import type { KnownPeople, KnownPrincipal, Principal } from '../../../spi/index.js'
import { sleep } from '../../../waiting/index.js'
import type { MasterContext } from '../../context.js'
import { tables } from '../../tables.js'
import { peopleDifferences, type PersonChange, type PersonEntry } from './people-differences.js'

const key = 'people'
/** Each takes four entries of the logs at most: with the record and the fence that fits into the smallest commit a store may have. */
const mostChanges = 12
const longestSubject = 200
const operations = { created: 'personCreated', 'role-changed': 'personRoleChanged', 'proof-replaced': 'personProofReplaced', removed: 'personRemoved' } as const

/** How long somebody who is known as before waits until a change of others is written down. */
const patienceMs = 1_000

/** Keeps the audit log abreast of who may use the API. The list is the authenticator's: whoever changes it there asks no master. */
export interface PeopleTrail {
  /**
   * When it resolves, whatever has changed in the list until now is in the audit log and among the events, each change once, also if masters crash or
   * change in between. Nothing is written while nothing changes, and the store is not even asked. Throws when that can't be written now. Whoever is known
   * just as before is not kept out by a change of others: for them it resolves after a second at the latest, and does not throw.
   */
  catchUpFor(principal: Principal, signal: AbortSignal): Promise<void>
  /** Where nobody is let in by it, for a second at most. Never throws: what fails is logged, and done with the next call. */
  tryToCatchUp(signal: AbortSignal): Promise<void>
}

export function peopleTrail(context: Pick<MasterContext, 'store' | 'log' | 'logger' | 'clock'>, people: KnownPeople | undefined): PeopleTrail {
  if (people === undefined) return { catchUpFor: () => Promise.resolve(), tryToCatchUp: () => Promise.resolve() }
  let written: readonly KnownPrincipal[] | undefined
  let underWay: Promise<void> | undefined
  let next: Promise<void> | undefined
  // Its own deadline ends it, not whoever has asked: others may wait for the same.
  const write = (): Promise<void> => {
    const mine = writeDown(context, people, new AbortController().signal).then((list) => { written = list })
    underWay = mine
    const over = (): void => { underWay = undefined }
    mine.then(over, over)
    return mine
  }
  /** One that sees the list as it is now: of those that wait for one under way, all share the next. */
  const shared = (): Promise<void> => {
    if (underWay === undefined) return write()
    const begin = (): Promise<void> => {
      next = undefined
      return write()
    }
    return (next ??= underWay.then(begin, begin))
  }
  const failed = (error: unknown): void => context.logger.warn({ error }, 'who may use the API could not be compared with the audit log')
  const forAWhile = async (signal: AbortSignal): Promise<void> => {
    const done = new AbortController()
    await Promise.race([shared().catch(failed), sleep(context.clock, patienceMs, AbortSignal.any([signal, done.signal]))])
    done.abort()
  }
  return {
    async catchUpFor(principal, signal) {
      const list = await people.list(signal)
      if (isSame(list, written)) return
      await (principal.kind === 'person' && isSame(named(list, principal.name), named(written ?? [], principal.name)) ? forAWhile(signal) : shared())
      throwIfAborted(signal)
    },
    async tryToCatchUp(signal) {
      const list = await people.list(signal).catch(failed)
      if (list !== undefined && !isSame(list, written)) await forAWhile(signal)
    },
  }
}

function named(people: readonly KnownPrincipal[], name: string): readonly KnownPrincipal[] {
  return people.filter((one) => one.name === name)
}

/** Answers the list that is in the record by then. */
async function writeDown(context: Pick<MasterContext, 'store' | 'log' | 'logger'>, people: KnownPeople, signal: AbortSignal): Promise<readonly KnownPrincipal[]> {
  let founding: boolean | undefined
  for (;;) {
    const { list, isFirst, more } = await writeSome(context, { people, founding, signal })
    if (!more) return list
    founding ??= isFirst
  }
}

interface Some {
  readonly people: KnownPeople
  /** Whether the record is only being made. */
  readonly founding: boolean | undefined
  readonly signal: AbortSignal
}

async function writeSome({ store, log, logger }: Pick<MasterContext, 'store' | 'log' | 'logger'>, { people, founding, signal }: Some) {
  // A caller that hangs up does not cut off a commit: it would be unknown what to tell listeners.
  const { result, revision } = await store.update(async (reader) => {
    const record = (await tables.people.get(reader, key))?.value
    // After the record, whose revision the commit depends on: never is an older list written over a newer one.
    const list = await people.list(signal)
    const isFirst = record === undefined
    const changes = peopleDifferences(record?.people ?? [], list.map(entryOf))
    const now = changes.slice(0, mostChanges)
    const told = now.flatMap(({ name, differences }) => differences.map((difference) => ({ name, ...difference })))
    // Who was there before anybody kept a record is no news to alarm people with.
    const events = (founding ?? isFirst) ? [] : told.map((one) => log.draft({ severity: one.makesAdmin ? 'warning' : 'info', type: `person-${one.kind}`, subject: subjectOf(one.name), message: one.message, fields: { security: true } }))
    const audit = told.map((one) => log.audit({ caller: { who: 'machine', source: 'master' }, operation: operations[one.kind], subject: subjectOf(one.name), outcome: 'done', reason: one.message }))
    const mutations = now.length === 0 ? [] : [tables.people.put(key, { people: withChanges(record?.people ?? [], now) }), ...events.map(({ mutation }) => mutation), ...audit]
    return { mutations, result: { list, isFirst, more: changes.length > now.length, events: events.map(({ record: entry }) => entry) } }
  })
  if (revision !== undefined) log.announce(result.events, revision)
  for (const { type, message } of result.events) logger.info({ type, reason: message }, 'the list of people changed')
  return result
}

function withChanges(before: readonly PersonEntry[], changes: readonly PersonChange[]): PersonEntry[] {
  const changed = new Set(changes.map(({ name }) => name))
  return [...before.filter(({ name }) => !changed.has(name)), ...changes.flatMap(({ now }) => now)]
}

function entryOf({ name, role, proof, proofId }: KnownPrincipal): PersonEntry {
  return { name, role, proof, proofId }
}

function isSame(list: readonly KnownPrincipal[], other: readonly KnownPrincipal[] | undefined): boolean {
  return list.length === other?.length && list.every((one, index) => {
    const before = other[index]
    return one.name === before?.name && one.role === before.role && one.proof === before.proof && one.proofId === before.proofId
  })
}

function subjectOf(name: string): string {
  return `person/${name}`.slice(0, longestSubject)
}
