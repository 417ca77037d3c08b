import assert from 'node:assert/strict'
import type { ConformanceCase } from '../suite.js'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import { within } from '../kit/within.js'
import { observe } from './observe.js'
import { makeSpec, type ContainerRuntimeSubject } from './subject.js'

type Case = ConformanceCase<ContainerRuntimeSubject>

/** Well-formed, and nobody's. */
const absentId = 'f'.repeat(64)

const createDoesNotStart: Case = {
  id: 'runtime/create-does-not-start',
  title: 'create makes a container that is not running and carries what its spec says of it',
  async run(subject) {
    const { runtime } = subject
    const spec = makeSpec(subject, { kind: 'forever' })
    const id = await runtime.create(spec, never)
    const state = await runtime.inspect(id, never)
    assert.equal(state?.phase, 'created')
    assert.deepEqual(
      { id: state.id, name: state.name, workload: state.workload, container: state.container, specDigest: state.specDigest },
      { id, name: spec.name, workload: spec.workload, container: spec.container, specDigest: spec.specDigest },
    )
    assert.deepEqual((await runtime.list(never)).map((one) => one.id), [id])
  },
}

const startIsIdempotent: Case = {
  id: 'runtime/start-is-idempotent',
  title: 'start leaves a running container alone',
  async run(subject) {
    const { runtime } = subject
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(id, never)
    const before = await runtime.inspect(id, never)
    await runtime.start(id, never)
    const after = await runtime.inspect(id, never)
    assert.equal(before?.phase, 'running')
    assert.deepEqual(after, before)
  },
}

const startsAgain: Case = {
  id: 'runtime/starts-again-after-exit',
  title: 'start runs an exited container again under its old id, and the old exit code is gone',
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(id, never)
    await runtime.kill(id, never)
    await watch.untilPhase(id, 'exited')
    await runtime.start(id, never)
    const state = await runtime.inspect(id, never)
    assert.equal(state?.phase, 'running')
    assert.equal(state.exitCode, undefined)
    await watch.stop()
  },
}

const startOfAbsent: Case = {
  id: 'runtime/start-of-absent-is-not-found',
  title: 'start of a container that is not there is not-found',
  async run({ runtime }) {
    await assert.rejects(runtime.start(absentId, never), { code: 'not-found' })
  },
}

const exitCodes: Case = {
  id: 'runtime/exit-codes',
  title: 'the exit code is the one the program ended with',
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    for (const code of [0, 7, 255]) {
      const id = await runtime.create(makeSpec(subject, { kind: 'exit', code }), never)
      await runtime.start(id, never)
      assert.equal((await watch.untilPhase(id, 'exited')).exitCode, code)
      const state = await runtime.inspect(id, never)
      assert.deepEqual([state?.phase, state?.exitCode], ['exited', code])
    }
    await watch.stop()
  },
}

const stopIsPolite: Case = {
  id: 'runtime/stop-asks-first',
  title: 'stop lets a willing container end by itself, long before the grace is over',
  async run(subject) {
    const { runtime } = subject
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(id, never)
    await within(subject, 'a willing container stops', runtime.stop(id, { graceMs: 3_600_000 }, never))
    const state = await runtime.inspect(id, never)
    assert.equal(state?.phase, 'exited')
    assert.notEqual(state.exitCode, 137)
  },
}

const stopHonoursGrace: Case = {
  id: 'runtime/stop-kills-after-grace',
  title: 'stop kills a stubborn container, not before the grace is over, and resolves when it has ended',
  async run(subject) {
    const { runtime } = subject
    const id = await runtime.create(makeSpec(subject, { kind: 'stubborn' }), never)
    await runtime.start(id, never)
    let stopped = false
    const stopping = runtime.stop(id, { graceMs: 2_000 }, never).then(() => { stopped = true })
    await subject.elapse(1_000)
    assert.equal(stopped, false, 'stop resolved before its grace was over')
    assert.equal((await runtime.inspect(id, never))?.phase, 'running')
    await subject.elapse(1_100)
    await within(subject, 'a stubborn container is killed', stopping)
    const state = await runtime.inspect(id, never)
    assert.deepEqual([state?.phase, state?.exitCode], ['exited', 137])
  },
}

const killEnds: Case = {
  id: 'runtime/kill-ends-with-137',
  title: 'kill ends a container with SIGKILL',
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    const id = await runtime.create(makeSpec(subject, { kind: 'stubborn' }), never)
    await runtime.start(id, never)
    await runtime.kill(id, never)
    assert.equal((await watch.untilPhase(id, 'exited')).exitCode, 137)
    await watch.stop()
  },
}

const removeOfRunning: Case = {
  id: 'runtime/remove-ends-and-removes',
  title: 'remove takes a running container away, and its name is free again',
  async run(subject) {
    const { runtime } = subject
    const spec = makeSpec(subject, { kind: 'stubborn' })
    const id = await runtime.create(spec, never)
    await runtime.start(id, never)
    await within(subject, 'a running container is removed', runtime.remove(id, never))
    assert.equal(await runtime.inspect(id, never), undefined)
    assert.deepEqual(await runtime.list(never), [])
    assert.notEqual(await runtime.create(spec, never), id)
  },
}

const goneIsFine: Case = {
  id: 'runtime/ended-or-absent-is-fine',
  title: 'stop, kill and remove of an ended or absent container do nothing and succeed',
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    const id = await runtime.create(makeSpec(subject, { kind: 'exit', code: 3 }), never)
    await runtime.start(id, never)
    await watch.untilPhase(id, 'exited')
    await runtime.stop(id, { graceMs: 1_000 }, never)
    await runtime.kill(id, never)
    assert.equal((await runtime.inspect(id, never))?.exitCode, 3)
    await runtime.remove(id, never)
    for (const gone of [id, absentId]) {
      await runtime.stop(gone, { graceMs: 1_000 }, never)
      await runtime.kill(gone, never)
      await runtime.remove(gone, never)
      assert.equal(await runtime.inspect(gone, never), undefined)
    }
    await watch.stop()
  },
}

const alreadyExists: Case = {
  id: 'runtime/already-exists-names-ours',
  title: 'create under a name of our own that is taken is already-exists, with the id of the one that has it',
  async run(subject) {
    const { runtime } = subject
    const spec = makeSpec(subject, { kind: 'forever' })
    const id = await runtime.create(spec, never)
    await assert.rejects(runtime.create({ ...spec, specDigest: 'another' }, never), (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error && 'details' in error)
      assert.equal(error.code, 'already-exists')
      assert.deepEqual((error.details as { id?: string }).id, id)
      return true
    })
    assert.equal((await runtime.inspect(id, never))?.specDigest, spec.specDigest)
  },
}

const oneNameOnce: Case = {
  id: 'runtime/one-name-once',
  title: 'of two creates at once under one name exactly one wins, the other is already-exists',
  async run(subject) {
    const { runtime } = subject
    const spec = makeSpec(subject, { kind: 'forever' })
    const outcomes = await Promise.allSettled([runtime.create(spec, never), runtime.create(spec, never)])
    const [id, ...more] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    assert.deepEqual(more, [], 'a name was given twice')
    assert.deepEqual((await runtime.list(never)).map((one) => one.id), [id])
    await Promise.all(outcomes.map(async (outcome) => {
      if (outcome.status === 'rejected') await refuses('already-exists', () => Promise.reject(outcome.reason))
    }))
  },
}

const stopAborted: Case = {
  id: 'runtime/stop-abort',
  title: 'a stop that waits out its grace ends at once when it is aborted, as `aborted`; kill still ends the container',
  async run(subject) {
    const { runtime } = subject
    const watch = await observe(subject)
    const id = await runtime.create(makeSpec(subject, { kind: 'stubborn' }), never)
    await runtime.start(id, never)
    const controller = new AbortController()
    const stopping = runtime.stop(id, { graceMs: 3_600_000 }, controller.signal).catch((error: unknown) => error)
    await subject.elapse(100)
    controller.abort()
    const outcome = await within(subject, 'an aborted stop', stopping)
    await refuses('aborted', () => Promise.reject(outcome))
    await runtime.kill(id, never)
    await watch.untilPhase(id, 'exited')
    await watch.stop()
  },
}

/** What becomes of one container between create and remove. */
export const lifecycleCases: readonly Case[] = [
  createDoesNotStart, startIsIdempotent, startsAgain, startOfAbsent, exitCodes, stopIsPolite, stopHonoursGrace, killEnds,
  removeOfRunning, goneIsFine, alreadyExists, oneNameOnce, stopAborted,
]
