import { PiccoloError } from '../../errors/index.js'
import { hex } from '../../protocol/index.js'
import type { Digest, Disk, Random } from '../../spi/index.js'
import { asCount, asRecord, asText, checkFormat, decodeChecked, encodeChecked } from './checked-file.js'

export interface Incarnation {
  /** Born with this disk state. */
  readonly stateEpoch: string
  /** Grows with each start over this disk state; at least 1. */
  readonly number: number
  /** A new state begins with it: nothing that an earlier one kept under its numbers counts. */
  readonly fresh: boolean
  /** Whether the machine booted since the last start; false on the first one. */
  readonly rebooted: boolean
  /** What was wrong with the file, for people; this life goes under a state epoch of its own then. */
  readonly problem?: string
}

interface IdentityFile {
  readonly stateEpoch: string
  readonly incarnation: number
  readonly bootId: string
}

const path = 'identity'
const format = 1

/**
 * Opens this start's incarnation: one durable write. On a disk that can't be read or written it goes on under a new state epoch,
 * which tells the master that nothing before it counts: positions must never be used twice. `after`: a number that the journal has,
 * of a start that may not have been stored.
 */
export async function openIncarnation(
  parts: { readonly disk: Disk; readonly digest: Digest; readonly random: Random; readonly bootId: string; readonly after: number },
  signal: AbortSignal,
): Promise<Incarnation> {
  const { disk, digest, random, bootId, after } = parts
  const { old, problem } = await read(disk, digest, signal)
  const number = Math.max(old?.incarnation ?? 0, after) + 1
  const fresh = old === undefined
  const rebooted = old !== undefined && old.bootId !== bootId
  const newEpoch = hex(random.bytes(16))
  const stateEpoch = old?.stateEpoch ?? newEpoch
  try {
    await disk.replace(path, encodeChecked({ format, stateEpoch, incarnation: number, bootId }, digest), signal)
    return { stateEpoch, number, fresh, rebooted, ...(problem === undefined ? {} : { problem: `The identity file was damaged (${problem}); a new state was begun.` }) }
  } catch (error) {
    return { stateEpoch: newEpoch, number, fresh, rebooted, problem: `The start could not be stored: ${PiccoloError.from(error).message}` }
  }
}

async function read(disk: Disk, digest: Digest, signal: AbortSignal): Promise<{ readonly old?: IdentityFile; readonly problem?: string }> {
  try {
    const bytes = await disk.read(path, signal)
    if (bytes === undefined) return {}
    const body = asRecord(decodeChecked(bytes, digest))
    checkFormat(body, format)
    return { old: { stateEpoch: asText(body['stateEpoch']), incarnation: asCount(body['incarnation']), bootId: asText(body['bootId']) } }
  } catch (error) {
    return { problem: PiccoloError.from(error).message }
  }
}
