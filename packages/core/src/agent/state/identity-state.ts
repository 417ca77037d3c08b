import type { Digest, Disk, Random } from '../../spi/index.js'
import { asCount, asRecord, asText, checkFormat, decodeChecked, encodeChecked } from './checked-file.js'

export interface Incarnation {
  /** Born with this disk state. */
  readonly stateEpoch: string
  /** Counts the starts over this disk state, from 1. */
  readonly number: number
  /** Whether the machine booted since the last start; false on the first one. */
  readonly rebooted: boolean
  /** The file could not be read and a new state was begun. */
  readonly damaged: boolean
}

interface IdentityFile {
  readonly stateEpoch: string
  readonly incarnation: number
  readonly bootId: string
}

const path = 'identity'
const format = 1

/** Opens this start's incarnation: one durable write. */
export async function openIncarnation(
  parts: { readonly disk: Disk; readonly digest: Digest; readonly random: Random; readonly bootId: string },
  signal: AbortSignal,
): Promise<Incarnation> {
  const { disk, digest, random, bootId } = parts
  const bytes = await disk.read(path, signal)
  const old = bytes && decode(bytes, digest)
  const next = { format, stateEpoch: old?.stateEpoch ?? hex(random.bytes(16)), incarnation: (old?.incarnation ?? 0) + 1, bootId }
  await disk.replace(path, encodeChecked(next, digest), signal)
  const rebooted = old !== undefined && old.bootId !== bootId
  return { stateEpoch: next.stateEpoch, number: next.incarnation, rebooted, damaged: bytes !== undefined && old === undefined }
}

function decode(bytes: Uint8Array, digest: Digest): IdentityFile | undefined {
  try {
    const body = asRecord(decodeChecked(bytes, digest))
    checkFormat(body, format)
    return { stateEpoch: asText(body['stateEpoch']), incarnation: asCount(body['incarnation']), bootId: asText(body['bootId']) }
  } catch {
    // A new state epoch tells the master that nothing before it counts; nothing is lost but the memory of having been here.
    return undefined
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
