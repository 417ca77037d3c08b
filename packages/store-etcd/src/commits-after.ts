import type { IWatchResponse } from 'etcd3'
import type { Clock, Revision } from '@piccolo/core/spi'
import type { Client } from './client.js'
import { CommitAssembler, type Commit } from './commit-assembler.js'
import { compacted, tooLate, watchCancelled } from './errors.js'
import type { Keyspace } from './keyspace.js'

export interface CommitsOptions {
  readonly client: Client
  readonly keyspace: Keyspace
  readonly after: Revision
  readonly clock: Clock
  /** Longest wait until etcd has begun. */
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/**
 * Every commit to the store after a revision, in order and without a gap, over one stream. It ends by throwing: `compacted`,
 * `unavailable` when the stream or its connection is lost, the signal's reason. etcd3's own watcher is not used, because it
 * resumes behind what it was told of rather than behind what it has delivered.
 */
export async function* commitsAfter({ client, keyspace, after, clock, deadlineMs, signal }: CommitsOptions): AsyncGenerator<Commit, never, undefined> {
  const end = new AbortController()
  const onAbort = (): void => end.abort(signal.reason)
  const onLost = (): void => end.abort(client.lost.reason)
  signal.addEventListener('abort', onAbort)
  client.lost.addEventListener('abort', onLost)
  if (client.lost.aborted) onLost()
  if (signal.aborted) onAbort()
  const cancel = clock.schedule(deadlineMs, () => end.abort(tooLate([client.asked.address], deadlineMs)))
  try {
    const assembler = new CommitAssembler(keyspace, after)
    const stream = await client.watch(end.signal)
    stream.on('error', () => undefined) // one that comes when nobody reads any more
    // Fragments, because thousands of commits in one message would be more than one message may hold.
    stream.write({ create_request: { ...keyspace.everything, start_revision: String(after + 1n), progress_notify: true, fragment: true } })
    for await (const response of stream as AsyncIterable<IWatchResponse>) {
      if (response.compact_revision !== '0') throw compacted(after)
      if (response.canceled) throw watchCancelled(response.cancel_reason, client.asked)
      cancel()
      if (!response.created) yield* assembler.take(response)
    }
    throw watchCancelled('', client.asked)
  } catch (error) {
    throw client.failure(error, end.signal)
  } finally {
    cancel()
    signal.removeEventListener('abort', onAbort)
    client.lost.removeEventListener('abort', onLost)
    end.abort()
  }
}
