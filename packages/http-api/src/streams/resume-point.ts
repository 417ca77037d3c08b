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
  const [, revisionText, lastId] = /^(\d{1,20})\/([0-9a-f]{1,20}\.[0-9a-f]{1,20})$/.exec(text) ?? []
  if (revisionText === undefined || lastId === undefined) {
    throw new PiccoloError('invalid-argument', 'Last-Event-ID: expected an id that this stream has sent, e.g. 1207/31.4')
  }
  const revision = BigInt(revisionText)
  return {
    after: revision === 0n ? 0n : revision - 1n,
    seen: (event) => event.revision < revision || (event.revision === revision && !isLater(event.id, lastId)),
  }
}

/** `<term>.<counter>`, each a number in any one base: the longer one is greater, then the first digit that differs decides. */
function isLater(id: string, than: string): boolean {
  const [ours, theirs] = [id.split('.'), than.split('.')]
  for (const [index, part] of ours.entries()) {
    const other = theirs[index] ?? ''
    if (part !== other) return part.length === other.length ? part > other : part.length > other.length
  }
  return false
}
