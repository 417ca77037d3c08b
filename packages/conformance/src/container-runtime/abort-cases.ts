import assert from 'node:assert/strict'
import type { ConformanceCase } from '../suite.js'
import { never } from './never.js'
import { makeSpec, type ContainerRuntimeSubject } from './subject.js'

type Case = ConformanceCase<ContainerRuntimeSubject>

const gone: AbortSignal = AbortSignal.abort()

const abortedCreate: Case = {
  id: 'runtime/aborted-create-has-no-effect',
  title: 'create with an aborted signal is refused as aborted and makes nothing',
  async run(subject) {
    const { runtime } = subject
    await assert.rejects(runtime.create(makeSpec(subject, { kind: 'forever' }), gone), { code: 'aborted' })
    assert.deepEqual(await runtime.list(never), [])
  },
}

const abortedStart: Case = {
  id: 'runtime/aborted-start-has-no-effect',
  title: 'start with an aborted signal is refused as aborted and starts nothing',
  async run(subject) {
    const { runtime } = subject
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await assert.rejects(runtime.start(id, gone), { code: 'aborted' })
    assert.equal((await runtime.inspect(id, never))?.phase, 'created')
  },
}

const abortedEnd: Case = {
  id: 'runtime/aborted-end-has-no-effect',
  title: 'stop, kill and remove with an aborted signal are refused as aborted and leave the container running',
  async run(subject) {
    const { runtime } = subject
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.start(id, never)
    const before = await runtime.inspect(id, never)
    await assert.rejects(runtime.stop(id, { graceMs: 0 }, gone), { code: 'aborted' })
    await assert.rejects(runtime.kill(id, gone), { code: 'aborted' })
    await assert.rejects(runtime.remove(id, gone), { code: 'aborted' })
    assert.deepEqual(await runtime.inspect(id, never), before)
  },
}

const abortedQuestions: Case = {
  id: 'runtime/aborted-questions',
  title: 'list, inspect and health with an aborted signal are refused as aborted',
  async run({ runtime }) {
    await assert.rejects(runtime.list(gone), { code: 'aborted' })
    await assert.rejects(runtime.inspect('f'.repeat(64), gone), { code: 'aborted' })
    await assert.rejects(runtime.health(gone), { code: 'aborted' })
  },
}

const abortedOpen: Case = {
  id: 'runtime/aborted-open',
  title: 'open with an aborted signal is refused as aborted, and can be tried again',
  async run(subject) {
    const again = subject.restarted()
    await assert.rejects(again.open(gone), { code: 'aborted' })
    await again.open(never)
    try {
      assert.deepEqual(await again.list(never), [])
    } finally {
      await again.close()
    }
  },
}

/** An aborted signal has no effect but the refusal. */
export const abortCases: readonly Case[] = [abortedCreate, abortedStart, abortedEnd, abortedQuestions, abortedOpen]
