import { PiccoloError, type Revision, type StateStore, type StoreChange } from '@piccolo/core/spi'
import { never } from './stores.js'

export interface Watched {
  /** `revision: +key=value -key` of each commit, in the order of delivery. */
  readonly commits: readonly string[]
  /** How often the watch was lost. */
  readonly losses: number
}

export interface WatchingOptions {
  readonly prefix: string
  readonly after: Revision
  /** Looked at after each batch. */
  readonly upTo: () => Revision
  /** Called after each loss, before the next attempt. */
  readonly onLoss?: () => void
}

/** Watches up to a revision; after each loss again from the last revision that was delivered, as core does. */
export async function resumedWatch(store: StateStore, { prefix, after, upTo, onLoss }: WatchingOptions): Promise<Watched> {
  const commits: string[] = []
  let position = after
  for (let losses = 0; ; losses += 1) {
    try {
      for await (const { revision, changes } of store.watch(prefix, { after: position }, never)) {
        position = revision
        if (changes.length > 0) commits.push(described(revision, changes))
        if (position >= upTo()) return { commits, losses }
      }
    } catch (error) {
      if (!PiccoloError.is(error, 'unavailable')) throw error
      onLoss?.()
    }
  }
}

export function described(revision: Revision, changes: readonly StoreChange[]): string {
  const texts = changes.map((change) => (change.type === 'put' ? `+${change.entry.key}=${new TextDecoder().decode(change.entry.value)}` : `-${change.key}`))
  return `${revision}: ${texts.join(' ')}`
}
