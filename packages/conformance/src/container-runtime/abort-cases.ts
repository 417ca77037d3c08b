import assert from 'node:assert/strict'
import type { ContainerRuntime, ContainerSpec, ContainerState, PodSpec } from '@piccolo/core/spi'
import { abortCases } from '../kit/abort-cases.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import { facetOf, makeSpec, offers, type ContainerRuntimeSubject } from './subject.js'

interface AbortScene {
  readonly runtime: ContainerRuntime
  readonly spec: ContainerSpec
  /** Made, and not started. */
  readonly created: string
  readonly running: ContainerState
  readonly archive: string
  /** Asserts that both are as they were, and nothing else is there. */
  unchanged(): Promise<void>
}

async function enter(subject: ContainerRuntimeSubject, run: (scene: AbortScene) => Promise<void>): Promise<void> {
  const { runtime } = subject
  const created = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
  const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
  await runtime.start(id, never)
  const running = await runtime.inspect(id, never)
  assert.equal(running?.phase, 'running')
  const unchanged = async (): Promise<void> => {
    const states = new Map((await runtime.list(never)).map((state) => [state.id, state]))
    assert.deepEqual([...states.keys()].sort(), [created, id].sort())
    assert.equal(states.get(created)?.phase, 'created')
    assert.deepEqual(states.get(id), running)
  }
  await run({ runtime, created, running, unchanged, spec: makeSpec(subject, { kind: 'forever' }), archive: subject.archive?.path ?? '' })
}

const unchanged = (scene: AbortScene): Promise<void> => scene.unchanged()
const images = offers('images')
const absentImage = 'localhost/piccolo-conformance/nowhere:none'

const calls = abortCases<AbortScene, ContainerRuntimeSubject>({
  prefix: 'runtime',
  enter,
  rows: [
    { method: 'health', call: ({ runtime }, signal) => runtime.health(signal) },
    { method: 'list', call: ({ runtime }, signal) => runtime.list(signal) },
    { method: 'inspect', call: ({ runtime, created }, signal) => runtime.inspect(created, signal) },
    { method: 'create', call: ({ runtime, spec }, signal) => runtime.create(spec, signal), untouched: unchanged },
    { method: 'start', call: ({ runtime, created }, signal) => runtime.start(created, signal), untouched: unchanged },
    { method: 'stop', call: ({ runtime, running }, signal) => runtime.stop(running.id, { graceMs: 0 }, signal), untouched: unchanged },
    { method: 'kill', call: ({ runtime, running }, signal) => runtime.kill(running.id, signal), untouched: unchanged },
    { method: 'remove', call: ({ runtime, running }, signal) => runtime.remove(running.id, signal), untouched: unchanged },
    { method: 'images-has', given: images, call: ({ runtime }, signal) => facetOf(runtime, 'images').has(absentImage, signal) },
    {
      method: 'images-pull', given: images, call: ({ runtime, spec }, signal) => facetOf(runtime, 'images').pull(spec.image, signal),
      untouched: async ({ runtime, spec }) => { assert.equal(await facetOf(runtime, 'images').has(spec.image, never), true) },
    },
    { method: 'images-load', given: images, call: ({ runtime, archive }, signal) => facetOf(runtime, 'images').load(archive, signal) },
  ],
})

interface PodScene {
  readonly runtime: ContainerRuntime
  readonly pod: string
}

const podSpec: PodSpec = { name: 'suite-pod', workload: 'suite-pod', specDigest: 'digest', network: 'private', hostIpc: false, ports: [] }

const podsUnchanged = async ({ runtime, pod }: PodScene): Promise<void> => {
  assert.deepEqual((await facetOf(runtime, 'pods').list(never)).map(({ id }) => id), [pod])
}

const podCalls = abortCases<PodScene, ContainerRuntimeSubject>({
  prefix: 'runtime',
  enter: async ({ runtime }, run) => {
    await run({ runtime, pod: await facetOf(runtime, 'pods').create(podSpec, never) })
  },
  rows: [
    {
      method: 'pods-create', given: offers('pods'), untouched: podsUnchanged,
      call: ({ runtime }, signal) => facetOf(runtime, 'pods').create({ ...podSpec, name: 'suite-other', workload: 'suite-other' }, signal),
    },
    { method: 'pods-list', given: offers('pods'), call: ({ runtime }, signal) => facetOf(runtime, 'pods').list(signal) },
    { method: 'pods-remove', given: offers('pods'), untouched: podsUnchanged, call: ({ runtime, pod }, signal) => facetOf(runtime, 'pods').remove(pod, signal) },
  ],
})

/** What aborting does, method by method. Those of open, watch and logs are among their own. */
export const runtimeAbortCases: readonly ConformanceCase<ContainerRuntimeSubject>[] = [...calls, ...podCalls]
