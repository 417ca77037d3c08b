import assert from 'node:assert/strict'
import { maxSignalTextBytes, type SignalReading, type SignalSource, type SignalValue } from '@piccolo/core/spi'
import { refuses } from '../kit/refuses.js'
import type { ConformanceCase } from '../suite.js'
import { opened, SignalWatch, type SignalSourceSubject } from './signal-source-subject.js'

type Case = ConformanceCase<SignalSourceSubject>

interface Scene {
  readonly source: SignalSource
  readonly subject: SignalSourceSubject
  /** A watch that stands. */
  watch(...names: readonly string[]): Promise<SignalWatch>
}

const on = (id: string, title: string, run: (scene: Scene) => Promise<void>): Case => ({
  id: `signals/${id}`,
  title,
  run: (subject) => opened(subject, (source) => run({
    source, subject,
    async watch(...names) {
      const watch = new SignalWatch(subject, source, names)
      await watch.batch()
      return watch
    },
  })),
})

/** What a watch tells. */
export const signalReadingCases: readonly Case[] = [
  on('begins-at-once', 'the first batch comes at once, empty where nothing is known', async ({ source, subject }) => {
    const watch = new SignalWatch(subject, source, [subject.name(1), subject.name(2)])
    assert.deepEqual(await watch.batch(), [])
    await watch.end()
  }),
  on('typed-values', 'truth values, numbers and texts arrive with their types, to the letter', async ({ subject, watch }) => {
    const name = subject.name(1)
    const reader = await watch(name)
    const values: readonly SignalValue[] = [true, false, 0, -1.5, 1e21, 'on', '', '12', 'größer ✓']
    for (const value of values) {
      await subject.publish(name, value)
      const [reading] = (await reader.until(name, value)).slice(-1)
      assert.deepEqual([reading?.name, reading?.value], [name, value])
    }
    await reader.end()
  }),
  on('by-name', 'a watch tells of the names that it was given, and of no others', async ({ subject, watch }) => {
    const [mine, foreign, also] = [subject.name(1), subject.name(2), subject.name(3)]
    const reader = await watch(mine, also)
    await subject.publish(foreign, 1)
    await subject.publish(mine, 2)
    await subject.publish(also, 3)
    const seen = [...(await reader.until(also, 3))]
    assert.deepEqual(new Set(seen.map(({ name }) => name)), new Set([mine, also]))
    await reader.end()
  }),
  on('every-change', 'a reader that keeps up gets every change, in order, and nothing is said to be missed', async ({ subject, watch }) => {
    const name = subject.name(1)
    const reader = await watch(name)
    const seen: SignalReading[] = []
    for (let value = 1; value <= 20; value += 1) {
      await subject.publish(name, value)
      seen.push(...(await reader.until(name, value)))
    }
    assert.deepEqual(seen.map(({ value, missed }) => [value, missed]), Array.from({ length: 20 }, (_, index) => [index + 1, 0]))
    await reader.end()
  }),
  on('slow-reader', 'a reader that is slow gets one reading a name: the newest, and how many it missed', async ({ subject, watch }) => {
    const [busy, calm] = [subject.name(1), subject.name(2)]
    const reader = await watch(busy, calm)
    const slow = reader.next()
    await subject.publish(calm, 0)
    const first = (await slow) ?? []
    for (let value = 1; value <= 50; value += 1) await subject.publish(busy, value)
    await subject.publish(calm, 1)
    const batches = [first]
    while (!batches.flat().some(({ name, value }) => name === calm && value === 1)) batches.push(await reader.batch())
    for (const batch of batches) assert.equal(new Set(batch.map(({ name }) => name)).size, batch.length, 'a batch tells twice of one signal')
    const told = batches.flat().filter(({ name }) => name === busy)
    assert.equal(told.at(-1)?.value, 50, 'the newest value did not arrive')
    assert.equal(told.reduce((sum, { missed }) => sum + 1 + missed, 0), 50, 'read and missed are not what was said')
    await reader.end()
  }),
  on('gone', 'a signal that has no value any more is told without one', async ({ subject, watch }) => {
    const name = subject.name(1)
    const reader = await watch(name)
    await subject.publish(name, 'there')
    await reader.until(name, 'there')
    await subject.publish(name, undefined)
    const last = (await reader.until(name, undefined)).at(-1)
    assert.equal(last !== undefined && 'value' in last, false)
    await reader.end()
  }),
  on('watches-apart', 'two watches each get everything, and one that is not read holds up no other', async ({ subject, watch }) => {
    const name = subject.name(1)
    const idle = await watch(name)
    const reader = await watch(name)
    for (let value = 1; value <= 200; value += 1) await subject.publish(name, value)
    await reader.until(name, 200)
    await idle.until(name, 200)
    await reader.end()
    await idle.end()
  }),
  on('unfit-values', 'what is no value is left out, and what comes after it is told', async ({ subject, watch }) => {
    const name = subject.name(1)
    const reader = await watch(name)
    await subject.publish(name, 'x'.repeat(maxSignalTextBytes + 1))
    await subject.publish(name, 'x'.repeat(maxSignalTextBytes))
    const seen = await reader.until(name, 'x'.repeat(maxSignalTextBytes))
    assert.deepEqual(seen.map(({ missed }) => missed), [0])
    await reader.end()
  }),
  on('unfit-names', 'a name that no source has is invalid-argument, too many names are too-large, and nothing is delivered', async ({ source, subject }) => {
    const watching = (...names: readonly string[]): Promise<unknown> => new SignalWatch(subject, source, names).next()
    for (const unfit of ['', 'a\0b', 'line\nfeed', 'a\ud800', 'x'.repeat(257), ...(subject.unfitName === undefined ? [] : [subject.unfitName])]) {
      await refuses('invalid-argument', () => watching(subject.name(1), unfit))
    }
    const { maxNames } = source.capabilities
    if (maxNames > 10_000) return
    const many = Array.from({ length: maxNames }, (_, index) => subject.name(index))
    const full = new SignalWatch(subject, source, many)
    assert.deepEqual(await full.batch(), [])
    await full.end()
    await refuses('too-large', () => watching(...many, subject.name(maxNames)))
  }),
]
