import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ResourceProbe } from '@piccolo/core/spi'
import { abortCases } from '../kit/abort-cases.js'
import { never } from '../kit/signals.js'
import { within } from '../kit/within.js'
import type { ConformanceCase, ConformanceSuite } from '../suite.js'

/** What the suite needs of the probe under test. */
export interface ResourceProbeSubject {
  /** A new instance over the same board. */
  probe(): ResourceProbe
}

type Case = ConformanceCase<ResourceProbeSubject>

const words = ['hostname', 'architecture', 'os', 'kernel', 'runtime', 'bootId'] as const

const facts: Case = {
  id: 'probe/facts',
  title: 'facts say what the board is: words that are not empty, whole numbers, at least one core and some memory',
  async run({ probe }) {
    const found = await within({}, 'the facts', probe().facts(never))
    for (const word of words) assert.ok(typeof found[word] === 'string' && found[word].trim() !== '', `${word} is no word: ${JSON.stringify(found[word])}`)
    assert.ok(Number.isSafeInteger(found.cpuCores) && found.cpuCores >= 1, `cpuCores: ${found.cpuCores}`)
    assert.ok(Number.isSafeInteger(found.memoryBytes) && found.memoryBytes > 0, `memoryBytes: ${found.memoryBytes}`)
    assert.ok(Number.isSafeInteger(found.diskBytes) && found.diskBytes >= 0, `diskBytes: ${found.diskBytes}`)
    assert.ok([0, 1, 2].includes(found.cgroupVersion), `cgroupVersion: ${found.cgroupVersion}`)
  },
}

const steady: Case = {
  id: 'probe/facts-are-steady',
  title: 'facts are the same however often they are asked for, by a new instance as well: the boot id most of all',
  async run({ probe }) {
    const one = probe()
    const first = await one.facts(never)
    assert.deepEqual(await one.facts(never), first)
    assert.deepEqual(await probe().facts(never), first)
  },
}

const reading: Case = {
  id: 'probe/reading',
  title: 'a reading says how the board is doing: no more memory available than there is, a load that is not negative',
  async run({ probe }) {
    const { memoryTotalBytes, memoryAvailableBytes, load1, cpuCores } = await within({}, 'a reading', probe().read(never))
    assert.ok(Number.isFinite(memoryTotalBytes) && memoryTotalBytes > 0, `memoryTotalBytes: ${memoryTotalBytes}`)
    assert.ok(memoryAvailableBytes >= 0 && memoryAvailableBytes <= memoryTotalBytes, `memoryAvailableBytes: ${memoryAvailableBytes} of ${memoryTotalBytes}`)
    assert.ok(Number.isFinite(load1) && load1 >= 0, `load1: ${load1}`)
    assert.ok(cpuCores >= 1, `cpuCores: ${cpuCores}`)
  },
}

const agrees: Case = {
  id: 'probe/reading-fits-the-facts',
  title: 'readings are about the board that the facts are about: as many cores, as much memory',
  async run({ probe }) {
    const one = probe()
    const { cpuCores, memoryBytes } = await one.facts(never)
    const found = await one.read(never)
    assert.deepEqual([found.cpuCores, found.memoryTotalBytes], [cpuCores, memoryBytes])
  },
}

const atOnce: Case = {
  id: 'probe/many-at-once',
  title: 'many readings at once are all answered',
  async run({ probe }) {
    const one = probe()
    const readings = await within({}, 'twenty readings', Promise.all(Array.from({ length: 20 }, () => one.read(never))))
    for (const { memoryTotalBytes } of readings) assert.ok(memoryTotalBytes > 0)
  },
}

const quiet: Case = {
  id: 'probe/starts-no-process',
  title: 'facts and readings are read: no process is started for them',
  async run({ probe }) {
    let started = 0
    const count = (): void => { started += 1 }
    subscribe('child_process', count)
    try {
      const one = probe()
      await one.facts(never)
      await one.read(never)
    } finally {
      unsubscribe('child_process', count)
    }
    assert.equal(started, 0, `${started} processes were started`)
  },
}

const aborts = abortCases<ResourceProbe, ResourceProbeSubject>({
  prefix: 'probe',
  enter: ({ probe }, run) => run(probe()),
  rows: [
    { method: 'facts', call: (probe, signal) => probe.facts(signal) },
    { method: 'read', call: (probe, signal) => probe.read(signal) },
  ],
})

/** What a ResourceProbe owes. */
export const resourceProbeSuite: ConformanceSuite<ResourceProbeSubject> = {
  port: 'ResourceProbe',
  cases: [...aborts, facts, steady, reading, agrees, atOnce, quiet],
}
