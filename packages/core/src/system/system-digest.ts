import { createHash } from 'node:crypto'
import type { Digest } from '../spi/index.js'

export const systemDigest: Digest = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
}
