import { lstat, type FileHandle } from 'node:fs/promises'
import { openGuarded } from '../containers/guarded-file.js'
import { orAbsent } from '../errors.js'

const chunkBytes = 64 * 1024
/** A line longer than this is told in pieces. */
const longestLine = 64 * 1024

/** One stream's output, read on as it grows; goes over to the next file when the supervisor begins one. */
export class StreamFile {
  readonly #path: string
  #decoder = new TextDecoder()
  #rest = ''
  #open: { readonly handle: FileHandle; readonly inode: number } | undefined
  #begun = false

  constructor(path: string) {
    this.#path = path
  }

  /** Lines that came since the last call; the older file is read first, once. */
  async *lines(): AsyncGenerator<string, void, undefined> {
    if (!this.#begun) {
      this.#begun = true
      this.#open = (await openFile(`${this.#path}.1`)) ?? (await openFile(this.#path))
    }
    for (;;) {
      this.#open ??= await openFile(this.#path)
      if (this.#open === undefined) return
      yield* this.#readOn(this.#open.handle)
      // Looked at after the last byte was read: a file that is no longer the current one gets no more.
      const current = (await orAbsent(lstat(this.#path)))?.ino
      if (current === undefined || current === this.#open.inode) return
      yield* this.#readOn(this.#open.handle)
      await this.close()
    }
  }

  /** The last line, if nothing ended it. */
  unfinished(): string | undefined {
    const last = this.#rest + this.#decoder.decode()
    this.#rest = ''
    return last === '' ? undefined : last
  }

  async close(): Promise<void> {
    const { handle } = this.#open ?? {}
    this.#open = undefined
    await handle?.close()
  }

  async *#readOn(handle: FileHandle): AsyncGenerator<string, void, undefined> {
    const buffer = new Uint8Array(chunkBytes)
    for (;;) {
      const { bytesRead } = await handle.read(buffer)
      if (bytesRead === 0) return
      const lines = (this.#rest + this.#decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) yield* piecesOf(line)
      const pieces = [...piecesOf(this.#rest)]
      this.#rest = pieces.pop() ?? ''
      yield* pieces
    }
  }
}

function* piecesOf(line: string): Generator<string, void, undefined> {
  for (let from = 0; from === 0 || from < line.length; from += longestLine) yield line.slice(from, from + longestLine)
}

async function openFile(path: string): Promise<{ readonly handle: FileHandle; readonly inode: number } | undefined> {
  const handle = await openGuarded(path)
  return handle && { handle, inode: (await handle.stat()).ino }
}
