import { PiccoloError } from '@piccolo/core/spi'

export interface UntilOptions {
  /** What is waited for, for the message when it does not come. */
  readonly what: string
  readonly withinMs: number
  readonly signal: AbortSignal
  /** Between two looks. Default 100. */
  readonly everyMs?: number
}

/** Looks until there is something; `deadline-exceeded` names what did not come to be and the last error seen. */
export async function until<Value>(look: () => Promise<Value | undefined>, { what, withinMs, signal, everyMs = 100 }: UntilOptions): Promise<Value> {
  const startedMs = performance.now()
  let lastError: unknown
  while (performance.now() - startedMs < withinMs) {
    if (signal.aborted) throw new PiccoloError('aborted', 'Stopped.')
    try {
      const value = await look()
      if (value !== undefined) return value
    } catch (error) {
      lastError = error
    }
    await new Promise<void>((resolve) => { setTimeout(resolve, everyMs) })
  }
  const last = lastError === undefined ? '' : ` Last error: ${PiccoloError.from(lastError).message}`
  throw new PiccoloError('deadline-exceeded', `Waited ${String(withinMs / 1000)} s in vain for ${what}.${last}`)
}
