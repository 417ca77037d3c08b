import assert from 'node:assert/strict'
import type { LogLine, PodSpec } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { outcomeOfAborted, refuses } from '../kit/refuses.js'
import { aborted, never } from '../kit/signals.js'
import { within } from '../kit/within.js'
import { observe } from './observe.js'
import { facetOf, makeSpec, offers, type ContainerRuntimeSubject, type Program } from './subject.js'

type Case = ConformanceCase<ContainerRuntimeSubject>

/** A name that stays within the machine: it is asked of no registry. */
const missingImage = 'localhost/piccolo-conformance/nowhere:none'

const lines: Extract<Program, { kind: 'print' }>['lines'] = [
  { stream: 'stdout', line: 'one' }, { stream: 'stdout', line: 'two: größer' }, { stream: 'stdout', line: '' }, { stream: 'stdout', line: 'four' },
]

const missingImageIsNotFound: Case = {
  id: 'runtime/missing-image-is-not-found',
  title: 'create from an image that is not there is not-found, names the image and leaves nothing',
  given: offers('images'),
  async run(subject) {
    const { runtime } = subject
    assert.equal(await facetOf(runtime, 'images').has(missingImage, never), false)
    const create = runtime.create(makeSpec(subject, { kind: 'forever' }, { image: missingImage }), never)
    await assert.rejects(create, { code: 'not-found', message: /nowhere/ })
    assert.deepEqual(await runtime.list(never), [])
  },
}

const missingPull: Case = {
  id: 'runtime/pull-of-missing',
  title: 'pull of an image that nobody has is not-found or unavailable, names the image, and brings nothing',
  given: offers('images'),
  async run({ runtime }) {
    const images = facetOf(runtime, 'images')
    const { message } = await refuses(['not-found', 'unavailable'], () => images.pull(missingImage, never))
    assert.match(message, /nowhere/)
    assert.equal(await images.has(missingImage, never), false)
  },
}

const loadsArchive: Case = {
  id: 'runtime/images-load',
  title: 'load brings an archive in and answers the names in it; doing it twice is harmless',
  given: offers('images'),
  async run({ runtime, archive }) {
    const images = facetOf(runtime, 'images')
    assert.ok(archive, 'a runtime with images can load an archive: give the subject one')
    for (let round = 0; round < 2; round += 1) {
      assert.ok((await images.load(archive.path, never)).includes(archive.name))
      assert.equal(await images.has(archive.name, never), true)
    }
    await refuses('not-found', () => images.load(`${archive.path}.absent`, never))
  },
}

const readsLogs: Case = {
  id: 'runtime/logs-in-order',
  title: 'logs are the lines that were printed, oldest first, with their streams; tail gives the last ones',
  given: offers('logs'),
  async run(subject) {
    const { runtime } = subject
    const logs = facetOf(runtime, 'logs')
    const watch = await observe(subject)
    const id = await runtime.create(makeSpec(subject, { kind: 'print', lines }), never)
    await runtime.start(id, never)
    await watch.untilPhase(id, 'exited')
    const read = (tail?: number): Promise<LogLine[]> =>
      collect(logs.read(id, { follow: false, ...(tail === undefined ? {} : { tail }) }, never))
    assert.deepEqual((await read()).map(bare), lines)
    assert.deepEqual((await read(lines.length + 10)).map(bare), lines)
    assert.deepEqual((await read(2)).map(bare), lines.slice(-2))
    await watch.stop()
  },
}

const separatesStreams: Case = {
  id: 'runtime/logs-keep-streams-apart',
  title: 'logs say which stream a line came from',
  given: offers('logs'),
  async run(subject) {
    const { runtime } = subject
    const logs = facetOf(runtime, 'logs')
    const watch = await observe(subject)
    const printed = [{ stream: 'stdout', line: 'out' }, { stream: 'stderr', line: 'err' }] as const
    const id = await runtime.create(makeSpec(subject, { kind: 'print', lines: printed }), never)
    await runtime.start(id, never)
    await watch.untilPhase(id, 'exited')
    const seen = (await collect(logs.read(id, { follow: false }, never))).map(bare)
    assert.deepEqual(seen.filter(({ stream }) => stream === 'stdout'), [printed[0]])
    assert.deepEqual(seen.filter(({ stream }) => stream === 'stderr'), [printed[1]])
    await watch.stop()
  },
}

const followsLogs: Case = {
  id: 'runtime/logs-follow-to-the-end',
  title: 'logs that are followed end with the container, or when the signal aborts',
  given: offers('logs'),
  async run(subject) {
    const { runtime } = subject
    const logs = facetOf(runtime, 'logs')
    const short = await runtime.create(makeSpec(subject, { kind: 'print', lines }), never)
    await runtime.start(short, never)
    const followed = collect(logs.read(short, { follow: true }, never))
    assert.deepEqual((await within(subject, 'followed logs end', followed)).map(bare), lines)

    const long = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(long, never)
    const controller = new AbortController()
    const ending = collect(logs.read(long, { follow: true }, controller.signal)).catch(() => [])
    await subject.elapse(100)
    controller.abort()
    await within(subject, 'aborted logs end', ending)
  },
}

const absentLogs: Case = {
  id: 'runtime/logs-of-absent',
  title: 'logs of a container that is not there are not-found',
  given: offers('logs'),
  async run(subject) {
    const reading = collect(facetOf(subject.runtime, 'logs').read('f'.repeat(64), { follow: true }, never))
    await refuses('not-found', () => within(subject, 'logs of an absent container', reading))
  },
}

const abortedLogs: Case = {
  id: 'runtime/aborted-logs',
  title: 'logs: aborted before they are read they say nothing, and end, or are refused as `aborted`',
  given: offers('logs'),
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    const id = await runtime.create(makeSpec(subject, { kind: 'print', lines }), never)
    await runtime.start(id, never)
    await watch.untilPhase(id, 'exited')
    const reading = outcomeOfAborted(collect(facetOf(runtime, 'logs').read(id, { follow: false }, aborted)))
    const outcome = await within(subject, 'the end of aborted logs', reading)
    assert.ok(outcome instanceof Error || outcome.length === 0, 'they said something')
    await watch.stop()
  },
}

const environment: Case = {
  id: 'runtime/environment',
  title: "a program has the variables of its spec, to the letter, and none of another container's",
  given: offers('logs'),
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    for (const value of ['größer = "gleich" $HOME', '']) {
      const id = await runtime.create(makeSpec(subject, { kind: 'environment', name: 'SUITE' }, { env: value === '' ? [] : [{ name: 'SUITE', value }] }), never)
      await runtime.start(id, never)
      await watch.untilPhase(id, 'exited')
      assert.deepEqual((await collect(facetOf(runtime, 'logs').read(id, { follow: false }, never))).map(({ line }) => line), [value])
    }
    await watch.stop()
  },
}

const pods: Case = {
  id: 'runtime/pods',
  title: 'a pod is listed with its workload and digest, its containers name it, and removing it removes them',
  given: offers('pods'),
  async run(subject) {
    const { runtime } = subject
    const facet = facetOf(runtime, 'pods')
    const spec: PodSpec = { name: 'suite-pod', workload: 'suite-pod', specDigest: 'pod-digest', network: 'private', hostIpc: false, ports: [] }
    const podId = await facet.create(spec, never)
    assert.deepEqual(await facet.list(never), [{ id: podId, workload: spec.workload, specDigest: spec.specDigest }])
    await assert.rejects(facet.create(spec, never), { code: 'already-exists' })

    const overrides = { workload: spec.workload, podId, network: 'private' } as const
    const first = await runtime.create(makeSpec(subject, { kind: 'forever' }, { ...overrides, container: 'first' }), never)
    const second = await runtime.create(makeSpec(subject, { kind: 'forever' }, { ...overrides, container: 'second' }), never)
    await runtime.start(first, never)
    await runtime.start(second, never)
    const states = await runtime.list(never)
    assert.deepEqual(new Set(states.map(({ id, phase, podId: pod }) => `${id} ${phase} ${pod}`)),
      new Set([`${first} running ${podId}`, `${second} running ${podId}`]))

    await facet.remove(podId, never)
    assert.deepEqual(await runtime.list(never), [])
    assert.deepEqual(await facet.list(never), [])
    await facet.remove(podId, never)
  },
}

/** What the optional facets owe. */
export const facetCases: readonly Case[] = [
  missingImageIsNotFound, missingPull, loadsArchive, readsLogs, separatesStreams, followsLogs, absentLogs, abortedLogs, environment, pods,
]

const bare = ({ stream, line }: LogLine): { stream: LogLine['stream']; line: string } => ({ stream, line })

async function collect(lines: AsyncIterable<LogLine>): Promise<LogLine[]> {
  const seen: LogLine[] = []
  for await (const line of lines) seen.push(line)
  return seen
}
