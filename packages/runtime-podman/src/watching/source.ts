import type { PiccoloError } from '@piccolo/core/spi'

/** What may have happened to a container, as a source of tidings tells it. */
export interface Tidings {
  /** The container ended; this is known for certain, and at once. */
  exited(id: string, exit: { readonly exitCode: number; readonly exitedAtMs: number }): void
  /** Something happened to the container: look. */
  changed(id: string): void
  removed(id: string): void
  /** Images came to this machine. */
  imagesCame(): void
  /** What told of an exit is gone again: worth a look only if no exit was seen. */
  vanished(id: string): void
  /** Anything may have happened: look at everything. */
  doubt(): void
  /** The source can't go on. */
  failed(error: PiccoloError): void
}

/** A running source; stops for good. */
export interface Source {
  stop(): void
}
