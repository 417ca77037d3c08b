import type { TimeStorage } from '../../link/index.js'
import { PiccoloError } from '../../errors/index.js'
import type { Digest, Disk, Logger } from '../../spi/index.js'
import { asCount, asRecord, checkFormat, decodeChecked, encodeChecked } from './checked-file.js'

const path = 'time'
const format = 1

/** The last time that a master told. Without it, or where it can't be kept, a board knows less and goes on. */
export async function openTime({ disk, digest, logger }: { readonly disk: Disk; readonly digest: Digest; readonly logger: Logger }, signal: AbortSignal): Promise<{ readonly stored: number | undefined; readonly storage: TimeStorage }> {
  const read = async (): Promise<number | undefined> => {
    const bytes = await disk.read(path, signal)
    if (bytes === undefined) return undefined
    const body = asRecord(decodeChecked(bytes, digest))
    checkFormat(body, format)
    return asCount(body['masterTimeMs'])
  }
  const stored = await read().catch((error: unknown) => {
    logger.warn({ file: path, reason: PiccoloError.from(error).message }, 'the last known time could not be read')
    return undefined
  })
  return {
    stored,
    storage: {
      async save(masterTimeMs) {
        try {
          await disk.replace(path, encodeChecked({ format, masterTimeMs: Math.floor(masterTimeMs) }, digest), new AbortController().signal)
        } catch (error) {
          logger.debug({ file: path, reason: PiccoloError.from(error).message }, 'the time could not be kept')
        }
      },
    },
  }
}
