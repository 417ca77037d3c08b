import { PiccoloError } from '../../../errors/index.js'
import { commonVersion, protocolVersions, type Hello, type JournalPosition, type Timings } from '../../../protocol/index.js'
import type { Authenticator, MasterChannel } from '../../../spi/index.js'
import type { Reports } from '../needs.js'

/** What a refused node is told to wait before it dials again. */
export const refusedRetryMs = 5_000

/** What the ApiServer knows of a node that wants a session. */
export interface Admission {
  /** Checks key and registration; throws what the node is told. */
  admit(node: string, keyFingerprint: string, signal: AbortSignal): Promise<{ readonly timings: Timings }>
  /** Keeps what the node said of itself, if it changed, and tells why it is back. */
  remember(hello: Hello, signal: AbortSignal): Promise<void>
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
  readonly acknowledged: JournalPosition | undefined
}

/** Checks the hello and reads what the welcome needs. A refusal is told to the node before it is thrown. */
export async function admit(channel: MasterChannel, hello: Hello, options: AdmissionOptions, signal: AbortSignal): Promise<Admitted> {
  const checked = await check(channel, hello, options, signal).catch((error: unknown) => refuse(channel, PiccoloError.from(error), signal))
  const acknowledged = await options.reports.acknowledged(hello.nodeId, hello.stateEpoch, signal)
  await options.admission.remember(hello, signal)
  return { ...checked, acknowledged }
}

/** Tells the node why it has no session, and throws it. */
export async function refuse(channel: MasterChannel, error: PiccoloError, signal: AbortSignal): Promise<never> {
  await channel.send({ type: 'refuse', error: { code: error.code, message: error.message }, retryAfterMs: refusedRetryMs }, signal)
  throw error
}

async function check(channel: MasterChannel, hello: Hello, options: AdmissionOptions, signal: AbortSignal): Promise<{ version: number; timings: Timings }> {
  const certificate = channel.peer.certificate
  const principal = certificate === undefined ? undefined : await options.authenticator.authenticate({ type: 'certificate', certificate }, signal)
  if (principal?.kind !== 'node') throw new PiccoloError('unauthenticated', 'This session proves no node of this cluster; enrol with a token from "piccolo token create".')
  if (principal.cluster !== options.cluster || principal.nodeId !== hello.nodeId) {
    throw new PiccoloError('unauthenticated', `The certificate belongs to node "${principal.nodeId}" of cluster "${principal.cluster}", the hello says "${hello.nodeId}".`)
  }
  const version = commonVersion(protocolVersions, hello.versions)
  if (version === undefined) {
    const range = ({ min, max }: Hello['versions']): string => `${String(min)}–${String(max)}`
    throw new PiccoloError('unsupported', `The agent speaks protocol ${range(hello.versions)}, this master ${range(protocolVersions)}; update the older one.`)
  }
  const { timings } = await options.admission.admit(hello.nodeId, principal.keyFingerprint, signal)
  if (hello.clusterEpoch !== undefined && hello.clusterEpoch !== options.clusterEpoch) {
    throw new PiccoloError('failed-precondition', 'The node holds the set of another cluster epoch; it keeps running what it runs until a person decides.')
  }
  if (hello.highestRevision > options.sets.revision) {
    throw new PiccoloError('failed-precondition', 'The node has seen a later state than this master has: the store went back in time. The node keeps running what it runs until a person decides.')
  }
  return { version, timings }
}
