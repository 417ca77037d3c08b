import type { CommitRequest, CommitResult, Revision, StoreEntry } from '@piccolo/core/spi'
import type { PastChange, PastCommit } from './records.js'

export interface GroupPlan {
  /** One for each request, in order. */
  readonly results: readonly CommitResult[]
  /** What is to be written: a commit for each request that won and changes something. */
  readonly commits: readonly PastCommit[]
  /** The state of every key after the last of them. */
  readonly entries: ReadonlyMap<string, StoreEntry | undefined>
}

/** Decides several requests as if one came after the other, on top of what is stored now, without touching anything. */
export function planGroup(
  requests: readonly CommitRequest[],
  stored: ReadonlyMap<string, StoreEntry | undefined>,
  storedRevision: Revision,
): GroupPlan {
  const entries = new Map(stored)
  const commits: PastCommit[] = []
  const results = requests.map((request): CommitResult => {
    const last = storedRevision + BigInt(commits.length)
    const failedKeys = request.preconditions
      .filter(({ key, modRevision }) => (entries.get(key)?.modRevision ?? 0n) !== modRevision)
      .map(({ key }) => key)
    if (failedKeys.length > 0) return { committed: false, failedKeys, revision: last }
    const commit = applied(request, entries, last + 1n)
    if (commit.changes.length === 0) return { committed: true, revision: last }
    for (const { key, now } of commit.changes) entries.set(key, now)
    commits.push(commit)
    return { committed: true, revision: commit.revision }
  })
  return { results, commits, entries }
}

function applied({ mutations }: CommitRequest, entries: ReadonlyMap<string, StoreEntry | undefined>, revision: Revision): PastCommit {
  const changes = mutations.flatMap((mutation): PastChange[] => {
    const { key } = mutation
    const before = entries.get(key)
    if (mutation.type === 'delete') return before === undefined ? [] : [{ key, now: undefined, before }]
    const now = { key, value: mutation.value, createRevision: before?.createRevision ?? revision, modRevision: revision }
    return [{ key, now, before }]
  })
  return { revision, changes }
}
