import type { Cancel } from './ambient.js'

/**
 * The few files core keeps. Paths are relative to the directory the disk was made for, `/`-separated, without `..`; others are
 * `invalid-argument`. Writes to one path take effect in the order of the calls. No space left is `resource-exhausted`.
 */
export interface Disk {
  /** The whole file, or undefined when there is none. */
  read(path: string, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Atomic and durable: after it resolves a power cut finds the new content, before that the old one, never a mix. Makes parent folders. */
  replace(path: string, bytes: Uint8Array, signal: AbortSignal, options?: { readonly mode?: number }): Promise<void>
  /** Appends; durable only after `sync`. A crash may keep any prefix of unsynced bytes. */
  append(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>
  /** Makes a file's content, or a folder's entries, durable. */
  sync(path: string, signal: AbortSignal): Promise<void>
  /** Removes a file; an absent one is not an error. */
  remove(path: string, signal: AbortSignal): Promise<void>
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string, signal: AbortSignal): Promise<readonly string[]>
  /** Calls `changed` after the file's content may have changed. May call once too often, never once too few. */
  watch(path: string, changed: () => void): Cancel
  /**
   * Takes the whole disk for whoever asks: `conflict` while another process, or another instance in this one, has it. It ends when it
   * is released, or with the process, however that ends. Needs no room and changes no file; `unsupported` where the machine has no lock.
   */
  lock(signal: AbortSignal): Promise<Cancel>
  free(signal: AbortSignal): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
  /** A disk whose content need not survive a reboot (memory-backed where the machine has it). */
  readonly volatile: Disk
}
