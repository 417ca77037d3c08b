import assert from 'node:assert/strict'
import { PiccoloError } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { outcomeOfAborted, refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import { within } from '../kit/within.js'
import { observe } from './observe.js'
import { makeSpec, type ContainerRuntimeSubject } from './subject.js'

type Case = ConformanceCase<ContainerRuntimeSubject>

const beginsWithResync: Case = {
  id: 'runtime/watch-begins-with-resync',
  title: 'every watch begins with a resync of everything in scope',
  async run(subject) {
    const { runtime } = subject
    const empty = await observe(subject)
    assert.deepEqual(empty.events[0], { type: 'resync', containers: [] })
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(id, never)
    const later = await observe(subject)
    const first = later.events[0]
    assert.equal(first?.type, 'resync')
    assert.deepEqual(first.containers.map((state) => [state.id, state.phase]), [[id, 'running']])
    await empty.stop()
    await later.stop()
  },
}

const tellsOfChanges: Case = {
  id: 'runtime/watch-tells-of-changes',
  title: 'watch tells of a container that is made, runs, ends and goes, in this order',
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    const spec = makeSpec(subject, { kind: 'forever' })
    const id = await runtime.create(spec, never)
    await watch.untilPhase(id, 'created')
    await runtime.start(id, never)
    await watch.untilPhase(id, 'running')
    await runtime.kill(id, never)
    await watch.untilPhase(id, 'exited')
    await runtime.remove(id, never)
    const removed = await watch.until('removal', (event) => (event.type === 'removed' ? event : undefined))
    assert.deepEqual(removed, { type: 'removed', id, workload: spec.workload, container: spec.container })
    const phases = watch.events.flatMap((event) => (event.type === 'changed' ? [event.container.phase] : []))
    assert.deepEqual([...new Set(phases)], ['created', 'running', 'exited'])
    await watch.stop()
  },
}

const tellsOfImages: Case = {
  id: 'runtime/watch-tells-of-images',
  title: 'watch tells that an image came, for those who wait for one',
  async run(subject) {
    const { runtime, archive } = subject
    if (runtime.images === undefined || archive === undefined) return
    const watch = await observe(subject)
    await runtime.images.load(archive.path, never)
    await watch.until('word of images', (event) => (event.type === 'images' ? event : undefined))
    await watch.stop()
  },
}

const exitsWhileAway: Case = {
  id: 'runtime/exit-while-away-is-seen-later',
  title: 'a container that ended while nobody was there is in the resync with its exit code',
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    const id = await runtime.create(makeSpec(subject, { kind: 'stubborn' }), never)
    await runtime.start(id, never)
    await watch.stop()
    await runtime.close()
    const again = subject.restarted()
    await again.open(never)
    await again.kill(id, never)
    await again.close()
    const third = subject.restarted()
    await third.open(never)
    try {
      const state = await (await observe(subject, third)).untilPhase(id, 'exited')
      assert.equal(state.exitCode, 137)
    } finally {
      await third.close()
    }
  },
}

const endsOnAbort: Case = {
  id: 'runtime/watch-ends-on-abort',
  title: 'a watch ends when its signal aborts, and others go on',
  async run(subject) {
    const { runtime } = subject
    const ended = await observe(subject)
    const other = await observe(subject)
    await ended.stop()
    const heard = ended.events.length
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await other.untilPhase(id, 'created')
    assert.equal(ended.events.length, heard)
    await other.stop()
  },
}

const endsOnClose: Case = {
  id: 'runtime/watch-ends-on-close',
  title: 'close ends every watch, and a second close does nothing',
  async run(subject) {
    const watch = await observe(subject)
    await subject.runtime.close()
    await within(subject, 'a watch ends on close', watch.ended.catch(() => undefined))
    await subject.runtime.close()
  },
}

const abortedWatch: Case = {
  id: 'runtime/aborted-watch',
  title: 'watch: aborted before it begins it tells nothing, and ends, or is refused as `aborted`',
  async run(subject) {
    const events = subject.runtime.watch(AbortSignal.abort())[Symbol.asyncIterator]()
    const first = await within(subject, 'the end of an aborted watch', outcomeOfAborted(events.next()))
    assert.ok(first instanceof Error || first.done === true, 'it told something')
  },
}

const engineLost: Case = {
  id: 'runtime/engine-lost',
  title: 'while the engine is away calls are `unavailable`, health says why, and a watch ends in that or begins anew; what ran is there afterwards',
  given: { what: 'a way to lose the engine', holds: ({ loseEngine }) => loseEngine !== undefined },
  async run(subject) {
    const { runtime } = subject
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(id, never)
    const watch = await observe(subject)
    const restore = await subject.loseEngine?.()
    await refuses('unavailable', () => runtime.list(never))
    await refuses('unavailable', () => runtime.start(id, never))
    const health = await runtime.health(never)
    assert.equal(health.ready, false)
    assert.ok(health.reasons.some((reason) => reason.length > 0), 'it says no reason')
    await restore?.()
    const ended = watch.ended.then(() => 'an end without a word', (error: unknown) => error)
    const resynced = watch.until('a second resync', (event) => (event.type === 'resync' && event !== watch.events[0] ? event : undefined)).catch(() => undefined)
    const outcome = await within(subject, 'the end of a watch whose engine was lost, or a resync', Promise.race([ended, resynced]))
    assert.ok(PiccoloError.is(outcome, 'unavailable') || outcome === watch.events.at(-1), `expected unavailable or a resync, got ${String(outcome)}`)
    assert.equal((await (await observe(subject)).untilPhase(id, 'running')).id, id)
    assert.equal((await runtime.health(never)).ready, true)
  },
}

/** What a watch owes to whoever listens. */
export const watchCases: readonly Case[] = [beginsWithResync, tellsOfChanges, tellsOfImages, exitsWhileAway, endsOnAbort, endsOnClose, abortedWatch, engineLost]
