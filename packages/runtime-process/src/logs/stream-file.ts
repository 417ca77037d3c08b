import { readdir, type FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { openGuarded } from '../containers/guarded-file.js'

const chunkBytes = 64 * 1024
/** A line longer than this is told in pieces. */
const longestLineBytes = 64 * 1024
/** No file is as long, so that a number and an offset make one place. */
const fileSpan = 2 ** 32
const newline = 0x0a

export interface StreamLine {
  readonly line: string
  /** Grows from line to line, and is the same at every reading. */
  readonly at: number
}

/**
 * One stream's output, read on as it grows. The supervisor writes it to numbered files, of which it keeps the last two; a line
 * stands at the number of the file that it ends in and the offset there.
 */
export class StreamFile {
  readonly #path: string
  #open: { readonly handle: FileHandle; readonly number: number } | undefined
  #offset = 0
  #rest: Buffer = Buffer.alloc(0)

  /** The path without the number. */
  constructor(path: string) {
    this.#path = path
  }

  /** Lines that came since the last call; the older file is read first. */
  async *lines(): AsyncGenerator<StreamLine, void, undefined> {
    for (;;) {
      this.#open ??= await this.#next(0)
      if (this.#open === undefined) return
      yield* this.#readOn(this.#open)
      // Looked for after the last byte was read: a file that another one follows gets no more.
      const next = await this.#next(this.#open.number)
      if (next === undefined) return
      yield* this.#readOn(this.#open)
      await this.close()
      this.#open = next
      this.#offset = 0
    }
  }

  /** The last line, if nothing ended it. */
  unfinished(): StreamLine | undefined {
    if (this.#open === undefined || this.#rest.length === 0) return undefined
    const line = this.#rest.toString('utf8')
    this.#rest = Buffer.alloc(0)
    return { line, at: placeOf(this.#open.number, this.#offset) }
  }

  async close(): Promise<void> {
    const { handle } = this.#open ?? {}
    this.#open = undefined
    await handle?.close()
  }

  async *#readOn({ handle, number }: { readonly handle: FileHandle; readonly number: number }): AsyncGenerator<StreamLine, void, undefined> {
    const buffer = Buffer.alloc(chunkBytes)
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, this.#offset)
      if (bytesRead === 0) return
      this.#offset += bytesRead
      let held = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)])
      for (let cut = cutOf(held); cut !== undefined; cut = cutOf(held)) {
        const line = held.toString('utf8', 0, cut.end)
        held = held.subarray(cut.next)
        this.#rest = held
        yield { line, at: placeOf(number, this.#offset - held.length) }
      }
      this.#rest = held
    }
  }

  /** The first file after this number. */
  async #next(after: number): Promise<{ readonly handle: FileHandle; readonly number: number } | undefined> {
    const prefix = `${basename(this.#path)}.`
    const names = (await readdir(dirname(this.#path))).filter((name) => name.startsWith(prefix))
    const numbers = names.map((name) => Number(name.slice(prefix.length))).filter((number) => Number.isSafeInteger(number) && number > after)
    for (const number of numbers.sort((a, b) => a - b)) {
      const handle = await openGuarded(`${this.#path}.${number}`)
      if (handle !== undefined) return { handle, number }
    }
    return undefined
  }
}

function placeOf(number: number, offset: number): number {
  return number * fileSpan + offset
}

/** Where the first line, or piece of one, ends, and where the next begins; undefined when more has to come first. */
function cutOf(bytes: Buffer): { readonly end: number; readonly next: number } | undefined {
  const end = bytes.indexOf(newline)
  if (end !== -1 && end <= longestLineBytes) return { end, next: end + 1 }
  if (bytes.length <= longestLineBytes) return undefined
  let piece = longestLineBytes
  while (piece > 0 && isWithinCharacter(bytes[piece])) piece -= 1
  const cut = piece === 0 ? longestLineBytes : piece
  return { end: cut, next: cut }
}

/** A byte of UTF-8 that goes on with a character. */
function isWithinCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
