/** Closes what was opened, last first, once. */
export interface Closer {
  add(close: () => void | Promise<void>): void
  close(): Promise<void>
}

export function closer(): Closer {
  const opened: (() => void | Promise<void>)[] = []
  let closing: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    let failure: { readonly error: unknown } | undefined
    for (let close = opened.pop(); close !== undefined; close = opened.pop()) {
      try {
        await close()
      } catch (error) {
        failure ??= { error }
      }
    }
    if (failure !== undefined) throw failure.error
  }
  return {
    add: (close) => opened.push(close),
    close: () => (closing ??= closeAll()),
  }
}
