import { randomBytes } from 'node:crypto'
import type { Random } from '../spi/index.js'

export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => new Uint8Array(randomBytes(length)),
}
