import { setMaxListeners } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from './bench.js'
import { applicant, type Applicant } from './cluster/applicant.js'
import { liveNode } from './cluster/live-node.js'
import { startMaster, type MasterProcess } from './cluster/master.js'
import { memoryOf, useOf } from './process-cost.js'
import { percentile } from './statistics.js'

const agents = 1_000
const tokensAtOnce = 20

/** A whole fleet is switched on in one moment, while a node is connected and a stranger guesses at tokens. */
export const enrol: Bench = {
  name: 'enrol',
  about: `${String(agents)} agents join at once: from the first attempt until each of them has its certificate`,
  unit: 'ms',
  judgedBy: 'p99',
  budget: 60_000,
  aim: 10_000,
  limitMs: 240_000,
  async run(signal, say) {
    // Each of the thousand listens to it.
    setMaxListeners(0, signal)
    const directory = await mkdtemp(join(tmpdir(), 'piccolo-bench-'))
    const master = await startMaster(directory, signal)
    const opened: Applicant[] = []
    const ends: (() => Promise<unknown>)[] = []
    const joined = new AbortController()
    const make = async (name: string, token: string): Promise<Applicant> => {
      const one = await applicant({ name, token, master: master.address, directory: join(directory, 'agents') }, signal)
      opened.push(one)
      return one
    }
    try {
      const beats = await liveNode({ name: 'live', token: await tokenFor(master, 'live', signal), master: master.address, directory: join(directory, 'agents') })
      ends.push(() => beats.stop())
      const fleet = await fleetOf(master, make, signal)
      const [first = ''] = fleet.tokens
      const stranger = await make('stranger', first.replace(/\.[0-9a-f]{40}\./, `.${'0'.repeat(40)}.`))
      say(`${String(fleet.applicants.length)} keys are made`)
      await pause(2_000, undefined, { signal })

      const calm = await beats.take()
      const before = await useOf(master.pid)
      const startedMs = performance.now()
      const guessing = guess(stranger, AbortSignal.any([signal, joined.signal]))
      const samples = await Promise.all(fleet.applicants.map(async (one) => {
        await one.enrol(signal)
        return performance.now() - startedMs
      }))
      const tookMs = Math.max(...samples)
      joined.abort()
      const refusedGuesses = await guessing
      const after = await useOf(master.pid)
      const crowded = await beats.take()
      const { rssMb } = await memoryOf(master.pid)
      const nodes = await master.client.nodes({ signal })
      if (nodes.length !== agents + 1) throw new Error(`${String(nodes.length)} nodes are registered instead of ${String(agents + 1)}.`)
      return {
        samples,
        details: {
          allMs: tookMs, masterCpuMs: after.cpuMs - before.cpuMs, masterRssMb: rssMb, refusedGuesses,
          beatEchoCalmP99Ms: percentile(calm, 0.99), beatEchoP99Ms: percentile(crowded, 0.99), beatEchoMaxMs: Math.max(...crowded),
        },
      }
    } finally {
      joined.abort()
      await Promise.allSettled([...opened.map((one) => one.close()), ...ends.map((end) => end())])
      await master.stop()
      await rm(directory, { recursive: true, force: true })
    }
  },
}

async function tokenFor({ client }: MasterProcess, nodeId: string, signal: AbortSignal): Promise<string> {
  return (await client.createToken({ nodeId, validForMs: 3_600_000 }, { signal })).token
}

async function fleetOf(master: MasterProcess, make: (name: string, token: string) => Promise<Applicant>, signal: AbortSignal): Promise<{ readonly applicants: readonly Applicant[]; readonly tokens: readonly string[] }> {
  const names = Array.from({ length: agents }, (_, index) => `node-${String(index)}`)
  const applicants: Applicant[] = []
  const tokens: string[] = []
  for (let at = 0; at < names.length; at += tokensAtOnce) {
    const some = names.slice(at, at + tokensAtOnce)
    const made = await Promise.all(some.map((name) => tokenFor(master, name, signal)))
    tokens.push(...made)
    applicants.push(...(await Promise.all(some.map((name, index) => make(name, made[index] ?? '')))))
  }
  return { applicants, tokens }
}

/** Tries a wrong secret over and over; answers how often it was refused. */
async function guess(stranger: Applicant, stop: AbortSignal): Promise<number> {
  for (let refused = 0; ; refused += 1) {
    if (stop.aborted) return refused
    // Locked out, it would wait like an agent: it is to knock on.
    await stranger.enrol(AbortSignal.any([stop, AbortSignal.timeout(100)])).then(() => { throw new Error('A guessed token was taken.') }, () => undefined)
  }
}
