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

/** The same in a directory of the machine, where several processes may be at work. */
export interface SharedFiles extends PrivateFiles {
  /** As `replace`, unless there is such a file: then false, and that one stays. */
  create(name: string, text: string, signal: AbortSignal): Promise<boolean>
  /** Durable, too. False when there is no such file: another process was faster. */
  rename(from: string, to: string, signal: AbortSignal): Promise<boolean>
  /** Another one after each replacement; undefined when there is no such file. Costs a look at the folder's entry, not at the content. */
  stamp(name: string, signal: AbortSignal): Promise<string | undefined>
}
