import assert from 'node:assert/strict'
import type { LogLine, PodSpec } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { never } from './never.js'
import { observe, within } from './observe.js'
import { makeSpec, type ContainerRuntimeSubject, type Program } from './subject.js'

type Case = ConformanceCase<ContainerRuntimeSubject>

/** A name that stays within the machine: it is asked of no registry. */
const missingImage = 'localhost/piccolo-conformance/nowhere:none'

const lines: Extract<Program, { kind: 'print' }>['lines'] = [
  { stream: 'stdout', line: 'one' }, { stream: 'stdout', line: 'two: größer' }, { stream: 'stdout', line: '' }, { stream: 'stdout', line: 'four' },
]

const healthy: Case = {
  id: 'runtime/health',
  title: 'an opened runtime says whether it is ready, and why if not',
  async run({ runtime }) {
    const health = await runtime.health(never)
    assert.equal(health.ready, true, health.reasons.join('; '))
    assert.ok(health.reasons.every((reason) => reason.length > 0))
  },
}

const missingImageIsNotFound: Case = {
  id: 'runtime/missing-image-is-not-found',
  title: 'create from an image that is not there is not-found, names the image and leaves nothing',
  async run(subject) {
    const { runtime } = subject
    if (runtime.images === undefined) return
    assert.equal(await runtime.images.has(missingImage, never), false)
    const create = runtime.create(makeSpec(subject, { kind: 'forever' }, { image: missingImage }), never)
    await assert.rejects(create, { code: 'not-found', message: /nowhere/ })
    assert.deepEqual(await runtime.list(never), [])
  },
}

const loadsArchive: Case = {
  id: 'runtime/images-load',
  title: 'load brings an archive in and answers the names in it; doing it twice is harmless',
  async run({ runtime, archive }) {
    if (runtime.images === undefined || archive === undefined) return
    for (let round = 0; round < 2; round += 1) {
      assert.ok((await runtime.images.load(archive.path, never)).includes(archive.name))
      assert.equal(await runtime.images.has(archive.name, never), true)
    }
    await assert.rejects(runtime.images.load(`${archive.path}.absent`, never), { code: 'not-found' })
  },
}

const readsLogs: Case = {
  id: 'runtime/logs-in-order',
  title: 'logs are the lines that were printed, oldest first, with their streams; tail gives the last ones',
  async run(subject) {
    const { runtime } = subject
    if (runtime.logs === undefined) return
    const watch = await observe(subject)
    const id = await runtime.create(makeSpec(subject, { kind: 'print', lines }), never)
    await runtime.start(id, never)
    await watch.untilPhase(id, 'exited')
    const read = (tail?: number): Promise<LogLine[]> =>
      collect(runtime.logs?.read(id, { follow: false, ...(tail === undefined ? {} : { tail }) }, never))
    assert.deepEqual((await read()).map(bare), lines)
    assert.deepEqual((await read(2)).map(bare), lines.slice(-2))
    await watch.stop()
  },
}

const separatesStreams: Case = {
  id: 'runtime/logs-keep-streams-apart',
  title: 'logs say which stream a line came from',
  async run(subject) {
    const { runtime } = subject
    if (runtime.logs === undefined) return
    const watch = await observe(subject)
    const printed = [{ stream: 'stdout', line: 'out' }, { stream: 'stderr', line: 'err' }] as const
    const id = await runtime.create(makeSpec(subject, { kind: 'print', lines: printed }), never)
    await runtime.start(id, never)
    await watch.untilPhase(id, 'exited')
    const seen = (await collect(runtime.logs.read(id, { follow: false }, never))).map(bare)
    assert.deepEqual(seen.filter(({ stream }) => stream === 'stdout'), [printed[0]])
    assert.deepEqual(seen.filter(({ stream }) => stream === 'stderr'), [printed[1]])
    await watch.stop()
  },
}

const followsLogs: Case = {
  id: 'runtime/logs-follow-to-the-end',
  title: 'logs that are followed end with the container, or when the signal aborts',
  async run(subject) {
    const { runtime } = subject
    if (runtime.logs === undefined) return
    const short = await runtime.create(makeSpec(subject, { kind: 'print', lines }), never)
    await runtime.start(short, never)
    const followed = collect(runtime.logs.read(short, { follow: true }, never))
    assert.deepEqual((await within(subject, 'followed logs end', followed)).map(bare), lines)

    const long = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(long, never)
    const controller = new AbortController()
    const aborted = collect(runtime.logs.read(long, { follow: true }, controller.signal)).catch(() => [])
    await subject.elapse(100)
    controller.abort()
    await within(subject, 'aborted logs end', aborted)
  },
}

const pods: Case = {
  id: 'runtime/pods',
  title: 'a pod is listed with its workload and digest, its containers name it, and removing it removes them',
  async run(subject) {
    const { runtime } = subject
    if (runtime.pods === undefined) return
    const spec: PodSpec = { name: 'suite-pod', workload: 'suite-pod', specDigest: 'pod-digest', network: 'private', hostIpc: false, ports: [] }
    const podId = await runtime.pods.create(spec, never)
    assert.deepEqual(await runtime.pods.list(never), [{ id: podId, workload: spec.workload, specDigest: spec.specDigest }])
    await assert.rejects(runtime.pods.create(spec, never), { code: 'already-exists' })

    const overrides = { workload: spec.workload, podId, network: 'private' } as const
    const first = await runtime.create(makeSpec(subject, { kind: 'forever' }, { ...overrides, container: 'first' }), never)
    const second = await runtime.create(makeSpec(subject, { kind: 'forever' }, { ...overrides, container: 'second' }), never)
    await runtime.start(first, never)
    await runtime.start(second, never)
    const states = await runtime.list(never)
    assert.deepEqual(new Set(states.map(({ id, phase, podId: pod }) => `${id} ${phase} ${pod}`)),
      new Set([`${first} running ${podId}`, `${second} running ${podId}`]))

    await runtime.pods.remove(podId, never)
    assert.deepEqual(await runtime.list(never), [])
    assert.deepEqual(await runtime.pods.list(never), [])
    await runtime.pods.remove(podId, never)
  },
}

/** What the optional facets owe; a runtime without a facet passes its cases. */
export const facetCases: readonly Case[] = [
  healthy, missingImageIsNotFound, loadsArchive, readsLogs, separatesStreams, followsLogs, pods,
]

const bare = ({ stream, line }: LogLine): { stream: LogLine['stream']; line: string } => ({ stream, line })

async function collect(lines: AsyncIterable<LogLine> = noLines()): Promise<LogLine[]> {
  const seen: LogLine[] = []
  for await (const line of lines) seen.push(line)
  return seen
}

async function* noLines(): AsyncIterable<LogLine> {}
