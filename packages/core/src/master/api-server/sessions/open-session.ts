import type { NodeRecord } from '../../../model/records/index.js'
import type { AdapterContext, PublishedSignal } from '../../../spi/index.js'
import type { View } from '../../views.js'
import type { SecurityNews } from '../access/security-news.js'
import type { Reports, SignsOfLife } from '../needs.js'
import type { AdmissionOptions } from './admit.js'
import type { NodeSets, SetSender } from './agent-sender.js'
import type { CommandDesk } from './command-desk.js'
import type { Outbox } from './outbox.js'
import type { ReportLane } from './report-lane.js'
import type { SessionGuard } from './session-guard.js'
import type { SessionRegistry } from './session-registry.js'
import type { Takeovers } from './takeovers.js'

export interface SessionOptions extends AdapterContext, AdmissionOptions {
  readonly term: bigint
  readonly sets: NodeSets
  readonly reports: Reports
  readonly life: SignsOfLife
  readonly sessions: SessionRegistry
  readonly takeovers: Takeovers
  readonly nodes: View<NodeRecord>
  readonly news: SecurityNews
  /** Takes what a gateway says of signals. Resolves when it is committed. */
  readonly publish: (signals: readonly PublishedSignal[], signal: AbortSignal) => Promise<void>
  /** What a node holds and runs is known anew: a move may go on. */
  readonly settled: (node: string) => void
}

/** A session that has been welcomed, and what works for it. */
export interface OpenSession {
  readonly node: string
  readonly guard: SessionGuard
  readonly out: Outbox
  readonly lane: ReportLane
  readonly sender: SetSender
  readonly desk: CommandDesk
  readonly options: SessionOptions
  readonly signal: AbortSignal
  readonly setLastHeard: () => void
  /** Whether it was told to end: what comes after that counts no more. */
  readonly isOver: () => boolean
  /** The full status set is in and the wanted set is held. */
  readonly checkResynced: () => void
  readonly close: () => void
}
