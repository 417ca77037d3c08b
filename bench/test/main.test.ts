import { expect, test } from 'vitest'
import type { Bench } from '../src/bench.js'
import { runBench } from '../src/main.js'
import { percentile } from '../src/statistics.js'

const counting: Bench = {
  name: 'counting',
  about: 'one to a hundred',
  unit: 'ms',
  judgedBy: 'p99',
  budget: 100,
  aim: 50,
  run: async () => ({ samples: Array.from({ length: 100 }, (_, index) => 100 - index), details: { pairs: 3.14159, image: 'busybox' } }),
}

async function run(args: readonly string[], benches: readonly Bench[] = [counting], stop = new AbortController().signal) {
  const printed: string[] = []
  const said: string[] = []
  const code = await runBench(benches, args, { print: (line) => printed.push(line), say: (line) => said.push(line), stop })
  return { code, printed, said: said.join('\n') }
}

test('with --json the last line is one object with everything in it', async () => {
  const { code, printed } = await run(['counting', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(printed.at(-1) ?? '')).toEqual({
    name: 'counting',
    unit: 'ms',
    n: 100,
    p50: 50,
    p99: 99,
    budget: 100,
    aim: 50,
    details: { pairs: 3.14, image: 'busybox' },
  })
})

test('without --json a person reads how it stands to the budget', async () => {
  const { printed, said } = await run(['counting'])
  expect(printed).toEqual([])
  expect(said).toContain('within budget')
})

test('--list names what there is', async () => {
  expect((await run(['--list'])).printed.join('\n')).toMatch(/^counting +one to a hundred$/)
})

test('an unknown name is refused with the known ones', async () => {
  expect(await run(['speed'])).toMatchObject({ code: 2, printed: [], said: expect.stringContaining('Known: counting') })
})

test('a bench that fails says why and prints no figures', async () => {
  const failing = { ...counting, run: () => Promise.reject(new Error('podman is missing')) }
  expect(await run(['counting', '--json'], [failing])).toMatchObject({ code: 1, printed: [], said: expect.stringContaining('podman is missing') })
})

test('a bench that is asked to stop hears of it', async () => {
  const patient: Bench = {
    ...counting,
    run: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => { reject(signal.reason) })),
  }
  const stop = new AbortController()
  const ended = run(['counting'], [patient], stop.signal)
  stop.abort(new Error('asked to stop'))
  expect(await ended).toMatchObject({ code: 1, said: expect.stringContaining('asked to stop') })
})

test.each([
  [[5], 0.5, 5],
  [[4, 1, 3, 2], 0.5, 2],
  [[4, 1, 3, 2], 0.99, 4],
  [[9, 7], 0, 7],
])('of %j the %d percentile is %d', (samples, share, value) => {
  expect(percentile(samples, share)).toBe(value)
})

test('a percentile of nothing is an error, not a zero', () => {
  expect(() => percentile([], 0.5)).toThrow(RangeError)
})
