import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PiccoloError } from '../../../../src/errors/index.js'
import { parseManifest } from '../../../../src/master/api-server/intake/parse-manifest.js'
import type { Problem } from '../../../../src/master/api-server/intake/problem.js'
import { parseNodeList } from '../../../../src/master/api-server/registry/node-list.js'

const good = `apiVersion: v1
kind: Package
metadata: { name: p, labels: { a: b } }
spec:
  models:
    - { name: m, node: n, resources: { volume: null } }
---
apiVersion: v1
kind: Model
metadata: { name: m }
spec:
  containers:
    - name: c
      image: busybox
      command: ["sh", "-c", "sleep 1"]
      resources: { limits: { cpu: 500m, memory: 64Mi } }
      env: [{ name: A, value: "1" }]
`
const nasty = ['&a [*a]', '*x', '<<: *a', '!!js/function f', '!!binary AA', '__proto__:', 'constructor:', '.nan', '.inf', '0x7f', '1e999', '\u0000', '\uFFFD', '\t', '- - - -', '[[[[', '{{{{', '? ', '%YAML 9', '"\\u', "'", '|2', '>+', '#', '---', '...', ': ', '-9223372036854775809', 'null', '~', '\u2028', '\uD800', 'a: b\n', '- a\n', '"a", ', 'k&a: *a\n']

const mutated = fc.array(fc.record({ at: fc.nat(good.length), cut: fc.nat(12), put: fc.oneof(fc.constantFrom(...nasty), fc.string({ maxLength: 8 })) }), { minLength: 1, maxLength: 6 })
  .map((edits) => edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), good))
const repeated = fc.record({ piece: fc.constantFrom(...nasty), times: fc.constantFrom(10, 1_000, 20_000) }).map(({ piece, times }) => piece.repeat(times).slice(0, 60_000))
const inputs = fc.oneof({ weight: 20, arbitrary: mutated }, { weight: 5, arbitrary: fc.string({ maxLength: 200, unit: 'binary' }) }, { weight: 1, arbitrary: repeated })

/** Processor time, so that a busy machine does not count; slow is what is slow every time, so that a collection of garbage does not. */
function isSlow(run: () => void): boolean {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    if (user + system <= 100_000) return false
  }
  return true
}

function check(parse: (text: string) => unknown, text: string): void {
  let problems: readonly Problem[] | undefined
  const slow = isSlow(() => {
    try {
      parse(text)
      problems = undefined
    } catch (error) {
      if (!PiccoloError.is(error, 'invalid-manifest')) throw error
      problems = error.details['problems'] as readonly Problem[]
    }
  })
  expect(slow).toBe(false)
  for (const problem of problems ?? []) {
    expect(problem.line).toBeGreaterThan(0)
    expect(problem.column).toBeGreaterThan(0)
    expect(problem.message).toMatch(/expected/)
  }
}

/** Counterexamples may be long: the seed and the beginning are enough. */
function reporter({ failed, seed, counterexample, counterexamplePath, errorInstance }: fc.RunDetails<[string]>): void {
  if (failed) throw new Error(`seed ${String(seed)}, path ${String(counterexamplePath)}: ${String(counterexample).slice(0, 120)}… (${String(String(counterexample).length)} characters): ${String(errorInstance).slice(0, 300)}`)
}

describe('X1: of ten thousand malformed inputs', () => {
  it('every manifest is read or refused at once with a place and what was expected, and none reaches a prototype', () => {
    fc.assert(fc.property(inputs, (text) => { check((given) => parseManifest([{ name: 'x.yaml', text: given }]), text) }), { numRuns: 10_000, reporter })
    expect(Object.keys(Object.prototype)).toEqual([])
  }, 180_000)

  it('every node.yaml likewise', () => {
    fc.assert(fc.property(inputs, (text) => { check((given) => parseNodeList('node.yaml', given), text) }), { numRuns: 1_000, reporter })
  }, 180_000)
})
