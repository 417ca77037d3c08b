import { describe, expect, it } from 'vitest'
import { PiccoloError } from '../../../../src/errors/index.js'
import { parseManifest } from '../../../../src/master/api-server/intake/parse-manifest.js'
import type { Problem } from '../../../../src/master/api-server/intake/problem.js'

const documents = {
  Network: 'spec:\n  dummy: x\n',
  Policy: `spec:
  placement:
    availableNodes: [HPC, ZONE]
  procedure:
    type: offloading
    strategy: least-loaded
    trigger:
      resourceThreshold: { cpu: 80, memory: "90%" }
`,
  Schedule: `spec:
  - name: steer
    priority: 50
    policy: FIFO
    cpu_affinity: 5
    period: 10000
    release_time: 0
    runtime: 2000
    deadline: 8000
    node_id: HPC
    max_dmiss: 3
  - name: log
    policy: NORMAL
`,
  Config: `spec:
  selector: { type: embedded, labels: { zone: front } }
  priority: 10
  data:
    interval: 5
    app.json: { a: [1, 2] }
`,
} as const

const text = (kind: keyof typeof documents, spec = documents[kind] as string): string => `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: x\n${spec}`

function problemsOf(document: string): readonly Problem[] {
  try {
    parseManifest([{ name: 'a.yaml', text: document }])
  } catch (error) {
    if (!PiccoloError.is(error, 'invalid-manifest')) throw error
    return error.details['problems'] as readonly Problem[]
  }
  return []
}

describe('every kind', () => {
  it.each(Object.keys(documents) as (keyof typeof documents)[])('a %s is read as it stands, without a word about its fields', (kind) => {
    const { artifacts, warnings } = parseManifest([{ name: 'a.yaml', text: text(kind) }])
    expect(artifacts).toMatchObject([{ artifact: { kind, metadata: { name: 'x' } } }])
    expect(warnings).toEqual([])
  })

  it.each([
    ['Policy', 'cpu: 80', 'cpu: 180', { line: 12, path: 'spec.procedure.trigger.resourceThreshold.cpu', message: 'expected per cent from 0 to 100' }],
    ['Policy', '[HPC, ZONE]', '["../x"]', { line: 7, path: 'spec.placement.availableNodes[0]', message: expect.stringContaining('expected a name of letters') as string }],
    ['Schedule', 'policy: FIFO', 'policy: IDLE', { line: 8, path: 'spec[0].policy', message: 'expected "NORMAL" or "FIFO" or "RR", found "IDLE"' }],
    ['Schedule', 'priority: 50\n    policy: FIFO', 'priority: 0\n    policy: RR', { line: 7, path: 'spec[0].priority', message: 'expected a priority from 1 to 99, as RR asks for' }],
    ['Schedule', 'runtime: 2000', 'runtime: 9000', { line: 12, path: 'spec[0].runtime', message: 'expected no more than the deadline, 8000 µs' }],
    ['Schedule', 'name: log', 'name: steer\n    node_id: HPC', { line: 16, path: 'spec[1].name', message: 'expected each task of a node once, found "steer" again' }],
    ['Config', 'type: embedded', 'typ: embedded', { line: 6, path: 'spec.selector.typ', message: 'expected no such field' }],
    ['Config', 'app.json', '"../passwd"', { line: 10, path: 'spec.data.../passwd', message: 'expected letters, digits, "-", "_" or ".", not beginning with a dot' }],
  ] as const)('a %s with %j changed to %j is refused where it stands', (kind, from, to, problem) => {
    expect(problemsOf(text(kind, documents[kind].replace(from, to)))).toMatchObject([{ file: 'a.yaml', ...problem }])
  })

  it.each([
    ['lt', 'fast', 'expected a number, which is what lt compares, found "fast"'],
    ['ge', ' ', 'expected a number, which is what ge compares, found " "'],
  ])('a condition that can never hold (%s %j) is refused', (express, value, message) => {
    const scenario = `apiVersion: v1\nkind: Scenario\nmetadata: { name: s }\nspec:\n  action: launch\n  target: p\n  condition: { express: ${express}, value: "${value}", operands: { type: DDS, name: f, value: t } }\n`
    expect(problemsOf(scenario)).toMatchObject([{ line: 7, path: 'spec.condition.value', message }])
  })

  it.each([['no topic', '""'], ['a topic that no signal can have', `"${'x'.repeat(300)}"`], ['"="', '"a=b"'], ['a control character', '"a\\u0007"']])('a condition on a signal of %s is refused', (_, topic) => {
    const scenario = `apiVersion: v1\nkind: Scenario\nmetadata: { name: s }\nspec:\n  action: launch\n  target: p\n  condition: { express: eq, value: "1", operands: { type: DDS, name: f, value: ${topic} } }\n`
    expect(problemsOf(scenario)).toMatchObject([{ line: 7, path: 'spec.condition.operands.value', message: expect.stringContaining('expected a topic') as string }])
  })
})
