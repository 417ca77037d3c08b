/** Hands on the items of a stream until the signal aborts, even if the stream itself stays silent for ever. */
export async function* untilAborted<Item>(stream: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  const iterator = stream[Symbol.asyncIterator]()
  let cut = (): void => undefined
  const aborted = (): void => cut()
  signal.addEventListener('abort', aborted, { once: true })
  try {
    while (!signal.aborted) {
      // A promise of its own each time: racing a long-lived one would keep a trace of every item.
      const next = await new Promise<IteratorResult<Item> | undefined>((resolve, reject) => {
        cut = () => resolve(undefined)
        iterator.next().then(resolve, reject)
      })
      if (next === undefined || next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', aborted)
    // Not awaited: a generator that hangs in its own next() would never answer.
    void iterator.return?.().catch(() => undefined)
  }
}
