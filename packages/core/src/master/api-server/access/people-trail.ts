import { throwIfAborted } from '../../../errors/index.js'
import type { KnownPeople, KnownPrincipal, Principal } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import { tables } from '../../tables.js'
import { peopleDifferences, type PersonChange, type PersonEntry } from './people-differences.js'

const key = 'people'
/** Each takes four entries of the logs at most: with the record and the fence that fits into the smallest commit a store may have. */
const mostChanges = 12
const longestSubject = 200
const operations = { created: 'personCreated', 'role-changed': 'personRoleChanged', 'proof-replaced': 'personProofReplaced', removed: 'personRemoved' } as const

/** Keeps the audit log abreast of who may use the API. The list is the authenticator's: whoever changes it there asks no master. */
export interface PeopleTrail {
  /**
   * When it resolves, whatever has changed in the list until now is in the audit log and among the events, each change once, also if masters crash or
   * change in between. Nothing is written while nothing changes, and the store is not even asked. Throws when that can't be written now and this
   * principal is not known as it is from before: a change of others keeps nobody out.
   */
  catchUpFor(principal: Principal, signal: AbortSignal): Promise<void>
  /** Where nobody is let in by it. Never throws: what fails is logged, and done with the next call. */
  tryToCatchUp(signal: AbortSignal): Promise<void>
}

export function peopleTrail(context: Pick<MasterContext, 'store' | 'log' | 'logger'>, people: KnownPeople | undefined): PeopleTrail {
  if (people === undefined) return { catchUpFor: () => Promise.resolve(), tryToCatchUp: () => Promise.resolve() }
  let written: readonly KnownPrincipal[] | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const write = async (signal: AbortSignal): Promise<void> => {
    throwIfAborted(signal)
    written = await writeDown(context, people, signal)
  }
  const catchUp = async (signal: AbortSignal): Promise<void> => {
    if (isSame(await people.list(signal), written)) return
    // One after the other: what an earlier list was like must not be taken for what was written last.
    const mine = turn.then(() => write(signal))
    turn = mine.catch(() => undefined)
    await mine
  }
  const failed = (error: unknown): void => context.logger.warn({ error }, 'who may use the API could not be compared with the audit log')
  return {
    async catchUpFor(principal, signal) {
      await catchUp(signal).catch((error: unknown) => {
        const isKnown = principal.kind === 'person' && written?.some(({ name, role }) => name === principal.name && role === principal.role) === true
        if (!isKnown) throw error
        failed(error)
      })
    },
    tryToCatchUp: (signal) => catchUp(signal).catch(failed),
  }
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
