import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from './bench.js'
import { startMaster } from './cluster/master.js'

const starts = 20

/** From the start of the process, over a directory that it has used before, until an answer of its API is here. */
export const masterStart: Bench = {
  name: 'master-start',
  about: 'start of `piccolo master` until its API has answered, warm disk',
  unit: 'ms',
  judgedBy: 'p50',
  budget: 500,
  aim: 200,
  async run(signal, say) {
    const directory = await mkdtemp(join(tmpdir(), 'piccolo-bench-'))
    const start = async (): Promise<number> => {
      const startedMs = performance.now()
      const master = await startMaster(directory, signal)
      try {
        await master.client.cluster({ signal })
        return performance.now() - startedMs
      } finally {
        await master.stop()
      }
    }
    try {
      const firstMs = await start()
      const samples: number[] = []
      while (samples.length < starts) {
        samples.push(await start())
        say(`start ${samples.length}: ${Math.round(samples.at(-1) ?? 0)} ms`)
      }
      return { samples, details: { firstEverMs: firstMs } }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}
