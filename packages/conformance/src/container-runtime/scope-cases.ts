import assert from 'node:assert/strict'
import type { ContainerState } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { never } from '../kit/signals.js'
import { observe } from './observe.js'
import { facetOf, hasNeighbour, makeSpec, type ContainerRuntimeSubject } from './subject.js'

type Case = ConformanceCase<ContainerRuntimeSubject>

const outlivesClose: Case = {
  id: 'runtime/containers-outlive-close',
  title: 'containers run on after close, and the next instance finds them by what their specs said',
  async run(subject) {
    const { runtime } = subject
    const spec = makeSpec(subject, { kind: 'forever' })
    const id = await runtime.create(spec, never)
    await runtime.start(id, never)
    const before = await runtime.inspect(id, never)
    await runtime.close()

    const again = subject.restarted()
    await again.open(never)
    try {
      assert.deepEqual(await again.list(never), [before])
      assert.equal(before?.specDigest, spec.specDigest)
      await again.remove(id, never)
      assert.deepEqual(await again.list(never), [])
    } finally {
      await again.close()
    }
  },
}

const neighbourIsInvisible: Case = {
  id: 'runtime/scope-hides-neighbours',
  title: "another node's containers on the same engine can be neither seen nor touched",
  given: hasNeighbour,
  async run(subject) {
    const { runtime, neighbour } = subject
    assert.ok(neighbour)
    const watch = await observe(subject, neighbour)
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(id, never)
    const before = await runtime.inspect(id, never)

    assert.deepEqual(await neighbour.list(never), [])
    assert.equal(await neighbour.inspect(id, never), undefined)
    await neighbour.stop(id, { graceMs: 0 }, never)
    await neighbour.kill(id, never)
    await neighbour.remove(id, never)
    await assert.rejects(neighbour.start(id, never), { code: 'not-found' })
    assert.deepEqual(await runtime.inspect(id, never), before)

    // Its own container is the first thing the neighbour hears of: nothing of ours came before.
    const own = await neighbour.create(makeSpec(subject, { kind: 'forever' }), never)
    await watch.untilPhase(own, 'created')
    const heard = watch.events.flatMap((event): readonly ContainerState[] => (event.type === 'changed' ? [event.container] : []))
    assert.deepEqual([...new Set(heard.map((state) => state.id))], [own])
    assert.deepEqual((await runtime.list(never)).map((state) => state.id), [id])
    await watch.stop()
  },
}

const neighbourPodsAreInvisible: Case = {
  id: 'runtime/scope-hides-neighbours-pods',
  title: "another node's pods on the same engine can be neither seen nor removed",
  given: { what: 'pods in several scopes', holds: ({ runtime, neighbour }) => runtime.pods !== undefined && neighbour !== undefined },
  async run({ runtime, neighbour }) {
    assert.ok(neighbour)
    const [ours, theirs] = [facetOf(runtime, 'pods'), facetOf(neighbour, 'pods')]
    const pod = { name: 'suite-shared', workload: 'suite-shared', specDigest: 'pod', network: 'private', hostIpc: false, ports: [] } as const
    const id = await ours.create(pod, never)
    assert.deepEqual(await theirs.list(never), [])
    await theirs.remove(id, never)
    assert.deepEqual((await ours.list(never)).map((one) => one.id), [id])
    await ours.remove(id, never)
  },
}

/** Whose containers a runtime sees, and for how long they are its own. */
export const scopeCases: readonly Case[] = [outlivesClose, neighbourIsInvisible, neighbourPodsAreInvisible]
