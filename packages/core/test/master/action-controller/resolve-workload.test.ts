import { describe, expect, it } from 'vitest'
import { resolveWorkload } from '../../../src/master/action-controller/resolve-workload.js'
import { artifactSchemas, type Model, type Package } from '../../../src/model/index.js'

const owner = (spec: object = {}): Package => artifactSchemas.Package.parse({ apiVersion: 'v1', kind: 'Package', metadata: { name: 'shop' }, spec: { models: [{ name: 'till', node: 'a' }], ...spec } })
const model = (metadata: object = {}): Model => artifactSchemas.Model.parse({ apiVersion: 'v1', kind: 'Model', metadata: { name: 'till', ...metadata }, spec: { containers: [{ name: 'main', image: 'app' }] } })

describe('a workload', () => {
  it('carries where it comes from as Pullpiri names it: scenario, package, policy, model', () => {
    expect(resolveWorkload({ package: owner({ policy: 'calm' }), model: model(), scenario: 'open' }).annotations).toEqual({
      'io.pullpiri.annotations.scenario': 'open', 'io.pullpiri.annotations.package': 'shop', 'io.pullpiri.annotations.policy': 'calm', 'io.pullpiri.annotations.model': 'till',
    })
    expect(Object.keys(resolveWorkload({ package: owner({ policy: null }), model: model() }).annotations)).toEqual(['io.pullpiri.annotations.package', 'io.pullpiri.annotations.model'])
  })

  it('carries the labels and annotations of its Model, which can not pass for another package\'s', () => {
    const content = resolveWorkload({ package: owner(), model: model({ labels: { app: 'till' }, annotations: { note: 'x', 'io.pullpiri.annotations.package': 'bank' } }) })
    expect(content.labels).toEqual({ app: 'till' })
    expect(content.annotations).toMatchObject({ note: 'x', 'io.pullpiri.annotations.package': 'shop' })
    expect(resolveWorkload({ package: owner(), model: model({ labels: null }) })).not.toHaveProperty('labels')
  })
})
