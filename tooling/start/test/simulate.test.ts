import { describe, expect, test } from 'vitest'
import { parseOptions, replayCommand } from '../simulate/options.mjs'
import { failureText, seedLine, summaryLine } from '../simulate/report.mjs'
import { simulateSeed } from '../simulate/simulate-seed.mjs'
import { Story } from '../simulate/story.mjs'

const counts = { faults: 3, requests: 4, events: 500, commits: 60 }
const good = { seed: 7, traceHash: 'abcdef0123456789abcdef', simulatedMs: 600_000, climate: 'mild', counts, violation: undefined }
const violation = { invariant: 'one holder', detail: 'ant-a starts on n2 while it runs on n1', atMs: 12_345 }
const options = { nodes: 4, ragingSeconds: 600 }

type Listener = (line: string, event: object) => void

/** Answers the given results in turn, and tells of what led to a violation. */
function simulating(...results: readonly object[]) {
  const left = [...results]
  return async ({ onLine }: { readonly onLine?: Listener }) => {
    onLine?.('  1.000  ⚡ partition begins: n1', { type: 'fault', fault: 'partition', what: 'begins', detail: 'n1' })
    onLine?.('  2.000  n1 container ant-a_main started', { type: 'container' })
    onLine?.('  2.500  n3 container bee-a_main started', { type: 'container' })
    onLine?.('  3.000  n1 → master beat', { type: 'message', message: { type: 'beat' } })
    return left.shift()
  }
}

describe('what npm run simulate is asked', () => {
  test('without options: twenty seeds, ten nodes, ten minutes of faults', () => {
    expect(parseOptions([]).options).toMatchObject({ firstSeed: 1, seeds: 20, nodes: 10, ragingSeconds: 600, trace: false, checkDeterminism: false })
  })

  test('one seed is the first of one', () => {
    expect(parseOptions(['--seed', '42', '--trace']).options).toMatchObject({ firstSeed: 42, seeds: 1, trace: true })
  })

  test.each([
    [['--seeds', 'many'], /--seeds takes a whole number from 1 on/], [['--nodes', '0'], /--nodes takes/], [['--seed', '1', '--seeds', '2'], /one seed/],
    [['--trace'], /say which/], [['--fast'], /--fast/],
  ])('%j is refused, and said why', (args, why) => {
    expect(parseOptions(args).problem).toMatch(why)
  })

  test('the command that shows a seed again says what differs from the defaults', () => {
    expect(replayCommand(9, options)).toBe('npm run simulate -- --seed 9 --nodes 4 --trace')
    expect(replayCommand(9, { nodes: 10, ragingSeconds: 30 })).toBe('npm run simulate -- --seed 9 --nodes 10 --raging-seconds 30 --trace')
  })
})

describe('one seed', () => {
  test('that goes well is simulated once', async () => {
    expect(await simulateSeed(7, { simulate: simulating(good), ...options })).toMatchObject({ seed: 7, traceHash: good.traceHash })
  })

  test('with --check-determinism is simulated twice, and must go the same way', async () => {
    const both = { ...options, checkDeterminism: true }
    expect(await simulateSeed(7, { simulate: simulating(good, good), ...both })).not.toHaveProperty('problem')
    expect(await simulateSeed(7, { simulate: simulating(good, { ...good, traceHash: 'another' }), ...both })).toMatchObject({ problem: expect.stringMatching(/went two ways/) as string })
  })

  test('that breaks an invariant says which, what raged and what happened to whom it is about', async () => {
    const outcome: unknown = await simulateSeed(7, { simulate: simulating({ ...good, violation }, { ...good, violation }), ...options })
    expect(outcome).toMatchObject({
      problem: 'one holder: ant-a starts on n2 while it runs on n1',
      story: { raging: [expect.stringMatching(/partition/)], subjects: ['ant-a'], lines: ['  2.000  n1 container ant-a_main started'] },
    })
    const text = failureText(outcome, options)
    for (const part of ['one holder', '12.345 s', 'mild', 'ant-a_main started', '→ npm run simulate -- --seed 7 --nodes 4 --trace']) expect(text).toContain(part)
  })
})

test('a fault that has ended does not rage any more', () => {
  const story = new Story()
  story.take('a', { type: 'fault', fault: 'partition', what: 'begins', detail: 'n1' })
  story.take('b', { type: 'fault', fault: 'slow disk', what: 'begins', detail: 'n2' })
  story.take('c', { type: 'fault', fault: 'partition', what: 'ends', detail: 'n1' })
  expect(story.tell('').raging).toEqual(['b'])
})

test('a seed is a line: whether it passed, its hash, what it took and what happened in it', () => {
  expect(seedLine({ ...good, cpuMs: 1234 })).toBe('✔ seed 7       abcdef0123456789    1.23 s  10.0 min simulated: 3 faults, 4 requests, 60 commits, 500 events')
  expect(seedLine({ seed: 8, problem: 'its process ended with SIGKILL' })).toBe('✘ seed 8     ')
})

test('the last line counts, and names the seeds that failed', () => {
  expect(summaryLine([{ ...good }, { ...good, seed: 8, problem: 'x' }], 5_000)).toBe('1 passed, 1 failed (8); 0.3 h simulated in 5 s')
  const struck = { partition: 2, 'power cut': 1 }
  expect(summaryLine([{ ...good, struck }, { ...good, struck: { partition: 1 } }], 5_000)).toBe('2 passed, 0 failed; 0.3 h simulated in 5 s; 3 × partition, 1 × power cut')
})
