import { crc32 } from 'node:zlib'
import type { Revision, StoreEntry } from '@piccolo/core/spi'

/** One key in one commit: what it became, and what it was. */
export interface PastChange {
  readonly key: string
  readonly now: StoreEntry | undefined
  readonly before: StoreEntry | undefined
}

export interface PastCommit {
  readonly revision: Revision
  readonly changes: readonly PastChange[]
}

export interface Meta {
  readonly revision: Revision
  /** History up to here was dropped. */
  readonly compacted: Revision
}

/** The way records are written. A later format gets a higher number; an older release then refuses instead of guessing. */
export const format = 1

const checksumBytes = 4

export function encodeEntry(entry: StoreEntry): Buffer {
  return sealed(versionParts(entry))
}

/** Undefined when the bytes are damaged. */
export function decodeEntry(key: string, bytes: Uint8Array): StoreEntry | undefined {
  return unsealed(bytes, (reader) => reader.version(key))
}

export function encodeCommit(commit: PastCommit): Buffer {
  return sealed([
    uint32(commit.changes.length),
    ...commit.changes.flatMap(({ key, now, before }) => {
      const keyBytes = Buffer.from(key)
      return [uint32(keyBytes.byteLength), keyBytes, ...versionParts(now), ...versionParts(before)]
    }),
  ])
}

/** Undefined when the bytes are damaged. */
export function decodeCommit(revision: Revision, bytes: Uint8Array): PastCommit | undefined {
  return unsealed(bytes, (reader) => {
    const changes = Array.from({ length: reader.uint32() }, () => {
      const key = Buffer.from(reader.bytes(reader.uint32())).toString()
      return { key, now: reader.version(key), before: reader.version(key) }
    })
    return { revision, changes }
  })
}

export function encodeMeta({ revision, compacted }: Meta): Buffer {
  return sealed([uint32(format), uint64(revision), uint64(compacted)])
}

/** Undefined when the bytes are damaged. */
export function decodeMeta(bytes: Uint8Array): (Meta & { readonly format: number }) | undefined {
  return unsealed(bytes, (reader) => ({ format: reader.uint32(), revision: reader.uint64(), compacted: reader.uint64() }))
}

export function encodeSize(bytes: number): Buffer {
  return uint32(bytes)
}

export function decodeSize(bytes: Uint8Array): number {
  return new Reader(bytes).uint32()
}

function versionParts(entry: StoreEntry | undefined): readonly Uint8Array[] {
  if (entry === undefined) return [uint32(0)]
  return [uint32(1), uint64(entry.createRevision), uint64(entry.modRevision), uint32(entry.value.byteLength), entry.value]
}

/** LevelDB does not verify what it reads back; a checksum of our own tells damaged bytes from data. */
function sealed(parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(checksumBytes), ...parts])
  bytes.writeUInt32LE(crc32(bytes.subarray(checksumBytes)))
  return bytes
}

function unsealed<Value>(bytes: Uint8Array, read: (reader: Reader) => Value): Value | undefined {
  if (bytes.byteLength < checksumBytes) return undefined
  const payload = bytes.subarray(checksumBytes)
  return new Reader(bytes).uint32() === crc32(payload) ? read(new Reader(payload)) : undefined
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  uint32(): number {
    this.#offset += 4
    return this.#view.getUint32(this.#offset - 4, true)
  }

  uint64(): bigint {
    this.#offset += 8
    return this.#view.getBigUint64(this.#offset - 8, true)
  }

  /** A copy, so that nobody who keeps a value keeps its whole record, or writes into it. */
  bytes(length: number): Uint8Array {
    this.#offset += length
    return new Uint8Array(this.#bytes.subarray(this.#offset - length, this.#offset))
  }

  version(key: string): StoreEntry | undefined {
    if (this.uint32() === 0) return undefined
    const createRevision = this.uint64()
    const modRevision = this.uint64()
    return { key, value: this.bytes(this.uint32()), createRevision, modRevision }
  }
}
