/** Hands on the items of a stream until the signal aborts, even if the stream itself stays silent for ever. */
export async function* untilAborted<Item>(stream: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  const iterator = stream[Symbol.asyncIterator]()
  let cut = (): void => undefined
  const aborted = new Promise<undefined>((resolve) => {
    cut = () => resolve(undefined)
    if (signal.aborted) cut()
    else signal.addEventListener('abort', cut, { once: true })
  })
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted])
      if (next === undefined || next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', cut)
    // Not awaited: a generator that hangs in its own next() would never answer.
    void iterator.return?.().catch(() => undefined)
  }
}
