import { describe, expect, it } from 'vitest'
import { PiccoloError } from '../../../../src/errors/index.js'
import { parseManifest } from '../../../../src/master/api-server/intake/parse-manifest.js'
import type { Problem } from '../../../../src/master/api-server/intake/problem.js'

const example = `apiVersion: v1
kind: Scenario
metadata:
  name: hello
spec:
  condition:
  action: update
  target: hello
---
apiVersion: v1
kind: Package
metadata:
  label: null
  name: hello
spec:
  pattern:
    - type: plain
  models:
    - name: hello-core
      node: HPC
      resources:
        volume:
        network:
---
apiVersion: v1
kind: Model
metadata:
  name: hello-core
  annotations:
    io.piccolo.annotations.package-type: hello-core
  labels:
    app: hello-core
spec:
  hostNetwork: true
  containers:
    - name: hello
      image: busybox
  terminationGracePeriodSeconds: 0
`

function problemsOf(text: string): readonly Problem[] {
  try {
    parseManifest([{ name: 'a.yaml', text }])
  } catch (error) {
    if (!PiccoloError.is(error, 'invalid-manifest')) throw error
    return error.details['problems'] as readonly Problem[]
  }
  return []
}

describe('a manifest', () => {
  it('W1: in the shape of Pullpiri\'s example is read unchanged, without a warning', () => {
    const { artifacts, warnings } = parseManifest([{ name: 'a.yaml', text: example }])
    expect(artifacts.map(({ artifact, line }) => [artifact.kind, artifact.metadata.name, line])).toEqual([
      ['Scenario', 'hello', 1], ['Package', 'hello', 10], ['Model', 'hello-core', 25],
    ])
    expect(warnings).toEqual([])
  })

  it.each([
    ['extra: .nan', 'spec.extra', 'expected a finite number, found NaN'],
    ['extra: [1, -.inf]', 'spec.extra[1]', 'expected a finite number, found -Infinity'],
    ['extra: &me [*me]', 'spec.extra[0]', 'expected a value that does not contain itself'],
  ])('refuses %s, which can not be kept, where it stands', (field, path, message) => {
    expect(problemsOf(example.replace('hostNetwork: true', field))).toMatchObject([{ line: 34, path, message }])
  })

  it('refuses what only older YAML has, where it stands', () => {
    expect(problemsOf(`%YAML 1.1\n---\n${example.slice(example.lastIndexOf('---\n') + 4).replace('hostNetwork: true', 'extra: 2001-01-01')}`))
      .toMatchObject([{ path: 'spec.extra', message: expect.stringContaining('found a Date') as string }])
  })

  it.each(['!!binary AAAA', '!!set { a }', '!vendor 1'])('refuses the tag of %s, which no manifest needs, where it stands', (value) => {
    expect(problemsOf(example.replace('hostNetwork: true', `extra: ${value}`))).toMatchObject([{ line: 34, message: expect.stringContaining('Unresolved tag') as string }])
  })

  it('keeps unknown fields and warns where they stand', () => {
    const { artifacts, warnings } = parseManifest([{ name: 'a.yaml', text: example.replace('hostNetwork: true', 'hostNetwork: true\n  tolerations: []') }])
    expect(warnings).toEqual(['a.yaml:35:16: spec.tolerations: not a field that Piccolo knows; kept, but without effect'])
    expect(artifacts[2]?.artifact.spec).toHaveProperty('tolerations')
  })

  it.each([
    ['image: busybox', 'image: 5', { line: 37, column: 14, path: 'spec.containers[0].image', message: 'expected string, found number 5' }],
    ['action: update', 'action: explode', { line: 7, column: 11, path: 'spec.action', message: 'expected "launch" or "terminate" or "update" or "rollback", found "explode"' }],
    ['      image: busybox\n', '', { line: 36, column: 7, path: 'spec.containers[0].image', message: 'expected string, found nothing' }],
    ['      image: busybox\n', '      image: busybox\n      resources: { limits: { cpu: [1] } }\n', { line: 38, column: 35, path: 'spec.containers[0].resources.limits.cpu', message: 'expected number or string, found a list' }],
    ['kind: Model', 'kind: Modell', { line: 26, column: 7, path: 'kind', message: 'expected one of Scenario, Package, Model, Volume, Network, Policy, Schedule, Config, Node, found "Modell"' }],
    ['name: hello-core\n  annotations', 'name: "../x"\n  annotations', { line: 28, column: 9, path: 'metadata.name' }],
  ])('with %j changed to %j is refused with file, line, column and what was expected', (from, to, expected) => {
    expect(problemsOf(example.replace(from, to))).toMatchObject([{ file: 'a.yaml', ...expected }])
  })

  it.each([
    ['a tab', 'a:\n\t- b', 'YAML'],
    ['an unknown escape', 'a: "\\q"', 'YAML'],
    ['a doubled key', 'a: 1\na: 2', 'found "a" again'],
    ['an alias bomb', `a: &a [x]\n${Array.from({ length: 12 }, (_, n) => `k${String(n)}: &b${String(n)} [${'*a,'.repeat(20)}]`).join('\n')}`, 'anchor'],
    ['brackets 10,000 deep', '['.repeat(10_000), 'nesting'],
    ['dashes 10,000 deep', '- '.repeat(10_000), 'nesting'],
    ['nothing', '', 'at least one document'],
    ['a scalar', 'hello', 'mapping'],
    ['a megabyte', 'x'.repeat(1e6), 'KiB'],
  ])('made of %s is refused with a reason', (_, text, reason) => {
    expect(problemsOf(text)[0]?.message).toContain(reason)
  })

  it('names both places of an artifact that stands twice', () => {
    expect(problemsOf(`${example}---\n${example.split('---\n')[1] ?? ''}`)[0]?.message).toContain('a.yaml:10')
  })

  it('does not let __proto__ reach any prototype', () => {
    problemsOf(`${example}\n__proto__: { polluted: true }\n`)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
