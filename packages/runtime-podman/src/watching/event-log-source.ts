import { watch } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { RuntimeScope } from '@piccolo/core/spi'
import { translateFile } from '../errors.js'
import { readEventLine } from './event-line.js'
import type { Source, Tidings } from './source.js'

const chunkBytes = 64 * 1024

/** Follows Podman's event log (events_logger "file") from its present end on. */
export async function eventLogSource(path: string, scope: RuntimeScope, tidings: Tidings): Promise<Source> {
  const failed = (cause: unknown): void => tidings.failed(translateFile(`Following ${path}`, cause))
  const tail = new LogTail(path)
  let stopped = false
  let reading = false
  let again = false
  const read = async (): Promise<void> => {
    again = true
    if (reading) return
    reading = true
    try {
      while (again && !stopped) {
        again = false
        const { lines, replaced } = await tail.more()
        if (replaced) tidings.doubt()
        for (const line of lines) readEventLine(line, scope, tidings)
      }
    } catch (error) {
      failed(error)
    } finally {
      reading = false
    }
  }

  try {
    // The directory, not the file: the log is replaced by another file when it has grown too long.
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) void read()
    })
    watcher.on('error', failed)
    await tail.skip()
    return {
      stop() {
        stopped = true
        watcher.close()
      },
    }
  } catch (error) {
    throw translateFile(`Following ${path}`, error)
  }
}

/** What was appended to a file since the last look. */
class LogTail {
  readonly #path: string
  #inode = 0
  #offset = 0
  #rest = ''

  constructor(path: string) {
    this.#path = path
  }

  /** Passes over what is there. */
  async skip(): Promise<void> {
    const file = await openIfThere(this.#path)
    if (file === undefined) return
    try {
      const { ino, size } = await file.stat()
      this.#inode = ino
      this.#offset = size
    } finally {
      await file.close()
    }
  }

  /** `replaced`: the log was cut or exchanged, and what was in it may have been missed. */
  async more(): Promise<{ readonly lines: readonly string[]; readonly replaced: boolean }> {
    const file = await openIfThere(this.#path)
    if (file === undefined) return { lines: [], replaced: false }
    try {
      const { ino, size } = await file.stat()
      const replaced = (this.#inode !== 0 && ino !== this.#inode) || size < this.#offset
      this.#inode = ino
      if (replaced) {
        this.#offset = size
        this.#rest = ''
        return { lines: [], replaced }
      }
      const lines: string[] = []
      const buffer = Buffer.alloc(chunkBytes)
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, chunkBytes, this.#offset)
        if (bytesRead === 0) return { lines, replaced: false }
        this.#offset += bytesRead
        const parts = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
        this.#rest = parts.pop() ?? ''
        lines.push(...parts.map((part) => Buffer.from(part, 'latin1').toString('utf8')))
      }
    } finally {
      await file.close()
    }
  }
}

async function openIfThere(path: string): Promise<Awaited<ReturnType<typeof open>> | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
