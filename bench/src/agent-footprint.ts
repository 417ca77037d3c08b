import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Measurement } from './bench.js'
import { until } from './cluster/cluster.js'
import { startMaster } from './cluster/master.js'
import { sleepers } from './cluster/manifest.js'
import { agentFile, piccoloProcess } from './cluster/piccolo-process.js'
import { relay } from './cluster/relay.js'
import { memoryOf, useOf, type Memory } from './process-cost.js'
import { percentile } from './statistics.js'

const workloads = ['first', 'second', 'third']
/** Whatever its start and the workloads' starts woke has gone to sleep. */
const settleMs = 5_000
/** Five beats of the default profile. */
const windowMs = 25_000
const looks = 20
const dayMs = 86_400_000

/** The shipped file with three workloads, in the default profile, over mutual TLS, while nothing happens. */
export const agentFootprint: Bench = {
  name: 'agent-footprint',
  about: 'memory (RSS) of the agent in one file at rest, three workloads, plain processes',
  unit: 'MB',
  judgedBy: 'p50',
  budget: 60,
  aim: 48,
  async run(signal, say) {
    const directory = await mkdtemp(join(tmpdir(), 'piccolo-bench-'))
    const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })]
    try {
      const master = await startMaster(directory, signal)
      closing.push(() => master.stop())
      const wire = await relay(master.address)
      closing.push(() => wire.close())
      const { token } = await master.client.createToken({ nodeId: 'bench' }, { signal })
      const agent = await piccoloProcess(
        ['--master', wire.address, '--directory', join(directory, 'agent'), '--node-id', 'bench', '--runtime', 'process'],
        { program: agentFile, environment: { PICCOLO_TOKEN: token }, signal },
      )
      closing.push(() => agent.stop())
      const file = sleepers('rest', 'bench', workloads)
      await until(async () => (await master.client.nodes({ signal })).some(({ phase }) => phase === 'ready'), signal)
      await master.client.apply([file], { signal })
      closing.push(async () => {
        await master.client.deleteManifest([file])
        await until(async () => (await state()).length === 0, AbortSignal.timeout(5_000))
      })
      const state = async () => (await master.client.workloads({ signal })).map((each) => each.state)
      await until(async () => (await state()).filter((each) => each === 'running').length === workloads.length, signal)
      say(`${workloads.length} workloads run; at rest for ${(settleMs + windowMs) / 1000} s`)
      await pause(settleMs, undefined, { signal })
      return await atRest(agent.pid, () => wire.bytes, signal)
    } finally {
      for (const close of closing.reverse()) await close().catch((error: unknown) => { console.error('While cleaning up:', error) })
    }
  },
}

async function atRest(pid: number, bytes: () => number, signal: AbortSignal): Promise<Measurement> {
  const [useBefore, bytesBefore, startedMs] = [await useOf(pid), bytes(), performance.now()]
  const memory: Memory[] = []
  while (memory.length < looks) {
    await pause(windowMs / looks, undefined, { signal })
    memory.push(await memoryOf(pid))
  }
  const [use, tookMs] = [await useOf(pid), performance.now() - startedMs]
  return {
    samples: memory.map(({ rssMb }) => rssMb),
    details: {
      rssMb: percentile(memory.map((look) => look.rssMb), 0.5),
      pssMb: percentile(memory.map((look) => look.pssMb), 0.5),
      privateMb: percentile(memory.map((look) => look.privateMb), 0.5),
      cpuPercent: (100 * (use.cpuMs - useBefore.cpuMs)) / tookMs,
      diskBytesPerDay: ((use.diskBytes - useBefore.diskBytes) * dayMs) / tookMs,
      wireBytesPerSecond: ((bytes() - bytesBefore) * 1000) / tookMs,
    },
  }
}
