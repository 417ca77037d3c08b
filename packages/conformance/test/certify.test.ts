import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { certificateTable, certify, registerSuite, stateStoreSuite, type ConformanceSuite, type Provide } from '@piccolo/conformance'
import { memoryBackend, memoryStore } from '@piccolo/testing'
import { context, subjectOf } from './mutants/mutant.js'

interface Scale {
  readonly weight: number
  readonly light?: true
}

const suite: ConformanceSuite<Scale> = {
  port: 'Scale',
  cases: [
    { id: 'scale/positive', title: 'weighs more than nothing', run: async ({ weight }) => assert.ok(weight > 0) },
    { id: 'scale/round', title: 'weighs whole grams', run: async ({ weight }) => assert.ok(weight % 1 === 0, 'half\na gram | or so\n') },
    { id: 'scale/light', title: 'shines', given: { what: 'a light', holds: ({ light }) => light === true }, run: async () => assert.fail('is not to be asked') },
  ],
}

const table = `**Scale** by \`kitchenScale\`: 1 of 2 claims hold; 1 more are about what it does not offer.

| | claim | what it says |
|---|---|---|
| ✔ | \`scale/positive\` | weighs more than nothing |
| ✘ | \`scale/round\` | weighs whole grams — half a gram \\| or so |
| · | \`scale/light\` | shines — without a light |
`

describe('certify', () => {
  test('prints a row for each claim: whether it holds, what was seen, what is not offered', async () => {
    const printed: string[] = []
    const certificate = await certify(suite, subjectOf(() => ({ weight: 1.5 })), { adapter: 'kitchenScale', print: (markdown) => printed.push(markdown) })
    expect(printed).toEqual([table])
    expect(certificateTable(certificate)).toBe(table)
    expect(certificate).toMatchObject({ adapter: 'kitchenScale', port: 'Scale', certified: false })
  })

  test('certifies an adapter that keeps every claim it is asked about', async () => {
    const { certified, results } = await certify(suite, subjectOf(() => ({ weight: 1 })), { adapter: 'kitchenScale', print: () => undefined })
    expect(certified).toBe(true)
    expect(results.map(({ outcome }) => outcome)).toEqual(['holds', 'holds', 'not offered'])
  })

  test('gives each case a subject of its own, one after the other, and takes every one away again', async () => {
    let living = 0
    const most: number[] = []
    const provide: Provide<Scale> = async () => {
      most.push(living += 1)
      return { subject: { weight: 0.5 }, dispose: async () => { living -= 1 } }
    }
    await certify(suite, provide, { adapter: 'kitchenScale', print: () => undefined })
    expect({ most, living }).toEqual({ most: [1, 1, 1], living: 0 })
  })

  test.each([
    ['there is none', async () => { throw new Error('no scale here') }],
    ['it can not be taken away', async () => ({ subject: { weight: 1 }, dispose: async () => { throw new Error('no scale here') } })],
  ] satisfies [string, Provide<Scale>][])('a claim without a subject is broken: %s', async (_, provide) => {
    const { certified, results } = await certify(suite, provide, { adapter: 'kitchenScale', print: () => undefined })
    expect(certified).toBe(false)
    expect(results[0]).toMatchObject({ outcome: 'broken', reason: 'no scale here' })
  })

  test('certifies the twin in memory of a store', async () => {
    const provide = subjectOf(() => {
      const backend = memoryBackend()
      return { create: () => memoryStore({ backend })(context()) }
    })
    const certificate = await certify(stateStoreSuite, provide, { adapter: 'memoryStore', print: () => undefined })
    expect(certificate.results.filter(({ outcome }) => outcome === 'broken')).toEqual([])
  })
})

describe('registerSuite', () => {
  test('hands every case to the runner, under its id and claim', async () => {
    const tests = new Map<string, () => Promise<void>>()
    registerSuite(suite, (title, run) => tests.set(title, run), subjectOf(() => ({ weight: 1.5 })))
    expect([...tests.keys()]).toEqual(['scale/positive: weighs more than nothing', 'scale/round: weighs whole grams', 'scale/light: shines'])
    await expect(tests.get('scale/positive: weighs more than nothing')?.()).resolves.toBeUndefined()
    await expect(tests.get('scale/round: weighs whole grams')?.()).rejects.toThrow('half')
    await expect(tests.get('scale/light: shines')?.()).resolves.toBeUndefined()
  })
})
