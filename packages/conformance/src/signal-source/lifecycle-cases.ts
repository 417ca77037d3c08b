import assert from 'node:assert/strict'
import type { SignalSource } from '@piccolo/core/spi'
import { abortCases } from '../kit/abort-cases.js'
import { refuses } from '../kit/refuses.js'
import { aborted, never } from '../kit/signals.js'
import { later, within } from '../kit/within.js'
import type { ConformanceCase } from '../suite.js'
import { opened, SignalWatch, type SignalSourceSubject } from './signal-source-subject.js'

type Case = ConformanceCase<SignalSourceSubject>

const capabilities: Case = {
  id: 'signals/capabilities',
  title: 'capabilities tell a name, and that a watch takes at least 16 signals',
  run: (subject) => opened(subject, async ({ capabilities: { name, maxNames } }) => {
    assert.notEqual(name, '')
    assert.ok(Number.isSafeInteger(maxNames) && maxNames >= 16, `maxNames: ${maxNames}`)
  }),
}

const notOpen: Case = {
  id: 'signals/not-open',
  title: 'a watch of a source that is not open, or closed, is failed-precondition',
  async run(subject) {
    const source = subject.create()
    await refuses('failed-precondition', () => new SignalWatch(subject, source, [subject.name(1)]).next())
    await source.open(never)
    await source.close()
    await refuses('failed-precondition', () => new SignalWatch(subject, source, [subject.name(1)]).next())
  },
}

const secondOpen: Case = {
  id: 'signals/second-open',
  title: 'a second open is failed-precondition and does no harm',
  run: (subject) => opened(subject, async (source) => {
    await refuses('failed-precondition', () => source.open(never))
    const watch = new SignalWatch(subject, source, [subject.name(1)])
    await watch.batch()
    await watch.end()
  }),
}

const closeTwice: Case = {
  id: 'signals/close-twice',
  title: 'close of a source that was never opened, and a second close, are no error',
  async run(subject) {
    const source = subject.create()
    await within(subject, 'close', source.close())
    await opened(subject, async (other) => { await within(subject, 'close', other.close()) })
  },
}

const closeEnds: Case = {
  id: 'signals/close-ends-watches',
  title: 'close ends every watch',
  run: (subject) => opened(subject, async (source) => {
    const watches = [new SignalWatch(subject, source, [subject.name(1)]), new SignalWatch(subject, source, [subject.name(2)])]
    for (const watch of watches) await watch.batch()
    const ends = watches.map((watch) => watch.next())
    await within(subject, 'close', source.close())
    assert.deepEqual(await Promise.all(ends), [undefined, undefined])
  }),
}

const abortedWatch: Case = {
  id: 'signals/aborted-watch',
  title: 'watch: aborted, it ends: one that has not begun, one that waits, and no other',
  run: (subject) => opened(subject, async (source) => {
    const early = source.watch([subject.name(1)], aborted)[Symbol.asyncIterator]()
    assert.equal((await within(subject, 'the end of an aborted watch', early.next())).done, true)
    const [ended, other] = [new SignalWatch(subject, source, [subject.name(1)]), new SignalWatch(subject, source, [subject.name(1)])]
    await ended.batch()
    await other.batch()
    await ended.end()
    await subject.publish(subject.name(1), 7)
    await other.until(subject.name(1), 7)
    await other.end()
  }),
}

const lost: Case = {
  id: 'signals/lost',
  title: 'a watch whose source is lost ends in `unavailable`; afterwards a new one stands again',
  given: { what: 'a way to lose it', holds: ({ lose }) => lose !== undefined },
  run: (subject) => opened(subject, async (source) => {
    const watch = new SignalWatch(subject, source, [subject.name(1)])
    await watch.batch()
    const ended = later(refuses('unavailable', () => watch.next()))
    const restore = await subject.lose?.()
    await ended
    await refuses('unavailable', () => new SignalWatch(subject, source, [subject.name(1)]).next())
    await refuses('unavailable', () => subject.create().open(never))
    await restore?.()
    await opened(subject, async (again) => {
      const second = new SignalWatch(subject, again, [subject.name(1)])
      await second.batch()
      await subject.publish(subject.name(1), true)
      await second.until(subject.name(1), true)
      await second.end()
    })
  }),
}

const opening = abortCases<{ readonly source: SignalSource; readonly subject: SignalSourceSubject }, SignalSourceSubject>({
  prefix: 'signals',
  enter: async (subject, run) => {
    const source = subject.create()
    await run({ source, subject })
    await source.close()
  },
  rows: [{
    method: 'open',
    call: ({ source }, signal) => source.open(signal),
    untouched: async ({ source, subject }) => { await refuses('failed-precondition', () => new SignalWatch(subject, source, [subject.name(1)]).next()) },
  }],
})

/** A source from its making to its close. */
export const signalLifecycleCases: readonly Case[] = [capabilities, notOpen, secondOpen, closeTwice, closeEnds, ...opening, abortedWatch, lost]
