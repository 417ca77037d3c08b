import { PiccoloError, type ErrorCode } from '../errors/index.js'
import { protocolVersions, type EnrollReply, type EnrollRequest, type SystemFacts } from '../protocol/index.js'
import type { Clock, EnrolledIdentity, Logger, NodeCredentials, Random, Transport, VerifyPeer } from '../spi/index.js'
import { jitteredMs, sleep } from '../waiting/index.js'
import type { Addresses } from './addresses.js'
import { withDeadline } from './deadline.js'

export interface EnrolmentParts {
  readonly addresses: Addresses
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly transport: Transport
  readonly credentials: NodeCredentials
  readonly facts: SystemFacts
  readonly wantedNodeId?: string
  /** Between attempts of which the next one may succeed. */
  readonly redial: { readonly initialMs: number; readonly capMs: number }
  /** Why this node has not joined yet, for people. */
  readonly onTrouble: (reason: string) => void
}

/** Generous: the first handshake of a slow board over a slow link. */
const enrolMs = 30_000
/** Cap of the waits once a master has refused for good: a used or expired token does not mend, but a person may. */
const refusedCapMs = 300_000
const longestAskedMs = 3_600_000

/** An attempt that failed. `final`: the same token will fail again. */
interface Failure {
  readonly error: PiccoloError
  readonly final: boolean
}

interface Round {
  /** Addresses whose master was asked by the key alone already. */
  readonly askedByKey: Set<string>
  readonly signal: AbortSignal
}

/** Becomes a node of the cluster, however long it takes; undefined when the signal aborts first. Addresses are tried in turn. */
export async function enrol(parts: EnrolmentParts, signal: AbortSignal): Promise<EnrolledIdentity | undefined> {
  const { addresses, clock, random, redial } = parts
  const told = new Set<string>()
  const askedByKey = new Set<string>()
  const counts = { refused: 0, failed: 0 }
  while (!signal.aborted) {
    let final = false
    let askedMs = 0
    for (const address of await addresses.round(signal)) {
      const outcome = await attempt(parts, address, { askedByKey, signal })
      if (signal.aborted) return undefined
      if (!('error' in outcome)) return outcome
      final ||= outcome.final
      askedMs = Math.max(askedMs, retryAfterMs(outcome.error))
      tell(parts, { address, error: outcome.error, told })
    }
    // The word of one master counts for more than the silence of another.
    const waitMs = final ? jitteredMs(counts.refused++, { ...redial, capMs: refusedCapMs }, random) : jitteredMs(counts.failed++, redial, random)
    await sleep(clock, Math.max(waitMs, askedMs), signal)
  }
  return undefined
}

/** Each reason once at an address: a node without a way in may try for months. */
function tell({ logger, onTrouble }: EnrolmentParts, { address, error, told }: { readonly address: string; readonly error: PiccoloError; readonly told: Set<string> }): void {
  const { code, message: reason } = error
  onTrouble(reason)
  const word = `${address} ${reason}`
  if (!told.has(word)) logger.warn({ address, code, reason }, 'enrolment failed')
  told.add(word)
}

async function attempt(parts: EnrolmentParts, address: string, { askedByKey, signal }: Round): Promise<EnrolledIdentity | Failure> {
  let asked = false
  try {
    return await enrolOnce(parts, address, { askedByKey, signal, onAsk: () => { asked = true } })
  } catch (cause) {
    const error = PiccoloError.from(cause)
    // What fails before anybody is asked costs no network, and a token may be put there at any moment.
    return { error, final: asked && !error.retryable && error.code !== 'internal' }
  }
}

/** One attempt: spends the token at one address, and keeps the identity it brings. */
async function enrolOnce(parts: EnrolmentParts, address: string, { askedByKey, signal, onAsk }: Round & { readonly onAsk: () => void }): Promise<EnrolledIdentity> {
  const { clock, transport, credentials, facts, wantedNodeId } = parts
  return withDeadline({ clock, ms: enrolMs, signal, what: `Enrolling at ${address}` }, async (limit) => {
    const { token, csr, verifyServer } = await credentials.enrolment(limit)
    const wanted = wantedNodeId === undefined ? {} : { wantedNodeId }
    onAsk()
    const request: EnrollRequest = { versions: protocolVersions, token, csr, facts, ...wanted }
    const issued = await transport.enroll(address, request, { verifyServer }, limit).catch((error: unknown) => renewInstead(error, parts, { address, verifyServer, askedByKey, signal: limit }))
    await credentials.accept(issued, limit)
    const { enrolled } = credentials
    if (enrolled === undefined) throw new PiccoloError('internal', 'The credentials took the certificate but know no identity.')
    return enrolled
  })
}

/** What an answer says to a board whose key is known there: its reply was lost, or a person has to approve it. */
const knownThere: readonly ErrorCode[] = ['conflict', 'pending']

async function renewInstead(cause: unknown, { transport, credentials }: EnrolmentParts, { address, verifyServer, askedByKey, signal }: { readonly address: string; readonly verifyServer: VerifyPeer; readonly askedByKey: Set<string>; readonly signal: AbortSignal }): Promise<EnrollReply> {
  const refused = PiccoloError.from(cause)
  // A master may have forgotten the token and know the key: that is asked once. Asked each time, it would count as another guess.
  const mayHaveForgotten = refused.code === 'unauthenticated' && !askedByKey.has(address)
  askedByKey.add(address)
  if (!mayHaveForgotten && !knownThere.includes(refused.code)) throw refused
  try {
    const { csr } = await credentials.renewal(signal)
    return await transport.renew(address, { versions: protocolVersions, csr }, { verifyServer }, signal)
  } catch (error) {
    // To a key that is not registered, the refusal of its token says more.
    throw PiccoloError.is(error, 'unauthenticated') ? refused : error
  }
}

/** How long a master asks to be left alone: for an hour at most, whatever it says. */
function retryAfterMs({ details }: PiccoloError): number {
  const { retryAfterMs: ms } = details
  return typeof ms === 'number' && ms > 0 ? Math.min(ms, longestAskedMs) : 0
}
