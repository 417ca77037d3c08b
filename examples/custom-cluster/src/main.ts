import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afternoon } from './afternoon.js'

const directory = await mkdtemp(join(tmpdir(), 'piccolo-afternoon-'))
try {
  await afternoon({ directory, signal: AbortSignal.timeout(60_000), print: (line) => process.stdout.write(`${line}\n`) })
} finally {
  await rm(directory, { recursive: true })
}
