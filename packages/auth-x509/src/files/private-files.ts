/** A few small files that nobody else may read. Both kinds are atomic and durable: a crash leaves the old or the new content. */
export interface PrivateFiles {
  /** For messages: where these files are. */
  readonly place: string
  /** The text, or undefined when there is no such file. */
  read(name: string, signal: AbortSignal): Promise<string | undefined>
  /** As `read`; `failed-precondition` when others could have read it too, as far as the place can tell. */
  readSecret(name: string, signal: AbortSignal): Promise<string | undefined>
  /** Readable by the owner only (mode 0600). */
  replace(name: string, text: string, signal: AbortSignal): Promise<void>
}
