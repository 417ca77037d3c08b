import type { StreamItem } from './read-stream.js'

/** Turns a stream's items into what the caller asked for; an aborted signal ends the loop instead of failing it. */
export async function* itemsOf<Item>(stream: AsyncIterable<StreamItem>, signal: AbortSignal, convert: (item: StreamItem) => readonly Item[]): AsyncGenerator<Item, void> {
  try {
    for await (const item of stream) yield* convert(item)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
