import { PiccoloError, type ClusterEvent } from '@piccolo/core/spi'

/** Several events may share one revision, so the revision alone would lose or repeat some of them after a cut. */
export interface ResumePoint {
  readonly after: bigint
  /** Whether the reader has had this event already. */
  seen(event: ClusterEvent): boolean
}

/** What a stream puts into each event's `id:`, and `Last-Event-ID` brings back. */
export function resumeId(event: ClusterEvent): string {
  return `${event.revision.toString()}/${event.id}`
}

export function parseResumeId(text: string): ResumePoint {
  const [, revisionText, term, counter] = /^(\d{1,20})\/(\d{1,20})\.(\d{1,20})$/.exec(text) ?? []
  if (revisionText === undefined || term === undefined || counter === undefined) {
    throw new PiccoloError('invalid-argument', 'Last-Event-ID: expected an id that this stream has sent, e.g. 1207/31.4')
  }
  const revision = BigInt(revisionText)
  const last = [BigInt(term), BigInt(counter)] as const
  return {
    after: revision === 0n ? 0n : revision - 1n,
    seen: (event) => event.revision < revision || (event.revision === revision && notAfter(event.id, last)),
  }
}

function notAfter(id: string, [lastTerm, lastCounter]: readonly [bigint, bigint]): boolean {
  const [, term, counter] = /^(\d{1,20})\.(\d{1,20})$/.exec(id) ?? []
  if (term === undefined || counter === undefined) return false
  return BigInt(term) < lastTerm || (BigInt(term) === lastTerm && BigInt(counter) <= lastCounter)
}
