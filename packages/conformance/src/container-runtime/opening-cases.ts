import assert from 'node:assert/strict'
import type { ContainerRuntime, RuntimeEvent } from '@piccolo/core/spi'
import { outcomeOfAborted, refuses } from '../kit/refuses.js'
import { aborted, never } from '../kit/signals.js'
import { within } from '../kit/within.js'
import type { ConformanceCase } from '../suite.js'
import { makeSpec, type ContainerRuntimeSubject } from './subject.js'

type Case = ConformanceCase<ContainerRuntimeSubject>

const capabilities: Case = {
  id: 'runtime/capabilities',
  title: 'capabilities tell a name, which limits are enforced, and whether containers have a network of their own',
  async run({ runtime }) {
    const { name, limits, privateNetwork } = runtime.capabilities
    assert.notEqual(name, '')
    assert.deepEqual([limits.cpu, limits.memory, privateNetwork].map((value) => typeof value), ['boolean', 'boolean', 'boolean'])
  },
}

const healthy: Case = {
  id: 'runtime/health',
  title: 'an opened runtime says whether it is ready, and why if not',
  async run({ runtime }) {
    const health = await runtime.health(never)
    assert.equal(health.ready, true, health.reasons.join('; '))
    assert.ok(health.reasons.every((reason) => reason.length > 0))
  },
}

const notOpen: Case = {
  id: 'runtime/not-open',
  title: 'calls on a runtime that is not open, or closed, are failed-precondition',
  async run(subject) {
    const instance = subject.restarted()
    await refusesEverything(subject, instance)
    await instance.open(never)
    await instance.close()
    await refusesEverything(subject, instance)
  },
}

const openTwice: Case = {
  id: 'runtime/open-twice',
  title: 'a second open does no harm, and a closed runtime can be opened again: that is how an engine that was mended is found',
  async run(subject) {
    const { runtime } = subject
    const id = await runtime.create(makeSpec(subject, { kind: 'forever' }), never)
    await runtime.open(never)
    assert.deepEqual((await runtime.list(never)).map((one) => one.id), [id])
    await runtime.close()
    await runtime.open(never)
    assert.deepEqual((await runtime.list(never)).map((one) => one.id), [id])
  },
}

const closeUnopened: Case = {
  id: 'runtime/close-unopened',
  title: 'close of a runtime that was never opened, and a second close, are no error',
  async run(subject) {
    const instance = subject.restarted()
    await instance.close()
    await instance.open(never)
    await instance.close()
    await instance.close()
  },
}

const abortedOpen: Case = {
  id: 'runtime/aborted-open',
  title: 'an aborted open, before or on its way, is refused as `aborted` and leaves nothing open; it can be tried again',
  async run(subject) {
    const instance = subject.restarted()
    await refuses('aborted', () => instance.open(aborted))
    await refuses('failed-precondition', () => instance.list(never))
    const controller = new AbortController()
    const midway = outcomeOfAborted(instance.open(controller.signal))
    controller.abort()
    await within(subject, 'the end of an open that was aborted on its way', midway)
    await instance.open(never)
    try {
      assert.deepEqual(await instance.list(never), [])
    } finally {
      await instance.close()
    }
  },
}

/** A runtime from its making to its close. */
export const openingCases: readonly Case[] = [capabilities, healthy, notOpen, openTwice, closeUnopened, abortedOpen]

async function refusesEverything(subject: ContainerRuntimeSubject, runtime: ContainerRuntime): Promise<void> {
  const id = 'f'.repeat(64)
  const calls: readonly (() => Promise<unknown>)[] = [
    () => runtime.create(makeSpec(subject, { kind: 'forever' }), never),
    () => runtime.start(id, never),
    () => runtime.stop(id, { graceMs: 0 }, never),
    () => runtime.kill(id, never),
    () => runtime.remove(id, never),
    () => runtime.list(never),
    () => runtime.inspect(id, never),
    () => firstOf(runtime.watch(never)),
  ]
  for (const call of calls) await refuses('failed-precondition', () => within(subject, 'the refusal of a runtime that is not open', call()))
}

async function firstOf(events: AsyncIterable<RuntimeEvent>): Promise<RuntimeEvent | undefined> {
  for await (const event of events) return event
  return undefined
}
