import { PiccoloError } from '../../../errors/index.js'
import type { NodeRole } from '../../../model/index.js'
import { commonVersion, protocolVersions, type Hello, type JournalPosition, type Refuse, type Timings } from '../../../protocol/index.js'
import type { Authenticator, MasterChannel, Principal } from '../../../spi/index.js'
import type { Reports } from '../needs.js'

/** What a refused node is told to wait before it dials again. */
export const refusedRetryMs = 5_000
/** Where another attempt is good for nothing until a person has decided. */
const retryMs: Readonly<Partial<Record<PiccoloError['code'], number>>> = { revoked: 300_000, quarantined: 15_000, pending: 15_000, expired: 0 }

export type NodePrincipal = Extract<Principal, { readonly kind: 'node' }>

/** What the ApiServer knows of a node that wants a session. */
export interface Admission {
  /** Checks key and registration; throws what the node is told. Answers the revision of the registration it went by. */
  admit(principal: NodePrincipal, signal: AbortSignal): Promise<{ readonly timings: Timings; readonly revision: bigint; readonly role: NodeRole }>
  /**
   * Keeps what the node said of itself, if it changed, and tells why it is back. Throws `quarantined` for a board that can't be the one it
   * says. Asks `stillNewest` whenever it decides, once it has read what it decides on: what an older session says would look like the word of a clone.
   */
  remember(hello: Hello, principal: NodePrincipal, turn: Pick<Turn, 'stillNewest' | 'signal'>): Promise<void>
  /** Writes down who was refused a session. Never throws. */
  refused(hello: Hello, error: PiccoloError, address: string): Promise<void>
}

export interface AdmissionOptions {
  readonly cluster: string
  readonly clusterEpoch: string
  readonly authenticator: Authenticator
  readonly admission: Admission
  readonly sets: { readonly revision: bigint }
  readonly reports: Pick<Reports, 'acknowledged'>
}

export interface Admitted {
  readonly version: number
  readonly timings: Timings
  readonly principal: NodePrincipal
  /** Of the registration it was admitted by. */
  readonly revision: bigint
  readonly role: NodeRole
  readonly acknowledged: JournalPosition | undefined
}

interface Turn {
  readonly stillNewest: (node: string) => void
  readonly takeOver: (node: string) => void
  readonly signal: AbortSignal
}

/** Checks the hello and reads what the welcome needs; `stillNewest` throws once a later session of this node has come, `takeOver` if it may not take the place of the one that is there. A refusal is told to the node before it is thrown. */
export async function admit(channel: MasterChannel, hello: Hello, options: AdmissionOptions, { stillNewest, takeOver, signal }: Turn): Promise<Admitted> {
  try {
    const checked = await check(channel, hello, options, signal)
    stillNewest(hello.nodeId)
    const acknowledged = await options.reports.acknowledged(hello.nodeId, hello.stateEpoch, signal)
    stillNewest(hello.nodeId)
    await options.admission.remember(hello, checked.principal, { stillNewest, signal })
    stillNewest(hello.nodeId)
    takeOver(hello.nodeId)
    return { ...checked, acknowledged }
  } catch (error) {
    const refusal = PiccoloError.from(error)
    await refuse(channel, refusal, options, signal)
    await options.admission.refused(hello, refusal, channel.peer.address)
    throw refusal
  }
}

/** How a refusal is told. */
export function refusalOf(error: PiccoloError, clusterEpoch: string): Refuse {
  const { code, message, details: { workloads, retryAfterMs } } = error
  return {
    type: 'refuse', error: { code, message }, retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : retryMs[code] ?? refusedRetryMs,
    ...(code === 'revoked' && { clusterEpoch, workloads: workloads === 'stop' ? 'stop' as const : 'keep' as const }),
  }
}

/** What can not be told any more is told when the node dials again. */
async function refuse(channel: MasterChannel, error: PiccoloError, { clusterEpoch }: AdmissionOptions, signal: AbortSignal): Promise<void> {
  await channel.send(refusalOf(error, clusterEpoch), signal).catch(() => undefined)
}

async function check(channel: MasterChannel, hello: Hello, options: AdmissionOptions, signal: AbortSignal): Promise<Omit<Admitted, 'acknowledged'>> {
  const principal = await proven(channel, hello, options, signal)
  const version = commonVersion(protocolVersions, hello.versions)
  if (version === undefined) {
    const range = ({ min, max }: Hello['versions']): string => `${String(min)}–${String(max)}`
    throw new PiccoloError('unsupported', `The agent speaks protocol ${range(hello.versions)}, this master ${range(protocolVersions)}; update the older one.`)
  }
  const { timings, revision, role } = await options.admission.admit(principal, signal)
  if (hello.clusterEpoch !== undefined && hello.clusterEpoch !== options.clusterEpoch) {
    throw new PiccoloError('failed-precondition', 'The node holds the set of another cluster epoch; it keeps running what it runs until a person decides.')
  }
  if (hello.highestRevision > options.sets.revision) {
    throw new PiccoloError('failed-precondition', 'The node has seen a later state than this master has: the store went back in time. The node keeps running what it runs until a person decides.')
  }
  return { version, timings, principal, revision, role }
}

async function proven({ peer: { certificate } }: MasterChannel, hello: Hello, { authenticator, cluster }: AdmissionOptions, signal: AbortSignal): Promise<NodePrincipal> {
  const principal = certificate === undefined ? undefined : await authenticator.authenticate({ type: 'certificate', certificate }, signal)
  if (principal?.kind !== 'node') throw new PiccoloError('unauthenticated', 'This session proves no node of this cluster; enrol with a token from "piccolo token create".')
  if (principal.cluster === cluster && principal.nodeId === hello.nodeId) return principal
  throw new PiccoloError('unauthenticated', `The certificate belongs to node "${principal.nodeId}" of cluster "${principal.cluster}", the hello says "${hello.nodeId.slice(0, 80)}".`, { details: { node: principal.nodeId } })
}
