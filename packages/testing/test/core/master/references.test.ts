import { describe, expect, it } from 'vitest'
import { admin, masterRig, never } from './rig.js'

const scenario = `apiVersion: v1
kind: Scenario
metadata: { name: s }
spec:
  action: launch
  target: p
`
const owner = `apiVersion: v1
kind: Package
metadata: { name: p }
spec:
  models:
    - name: x
      node: a
      resources:
        volume: disks
`
const model = `apiVersion: v1
kind: Model
metadata: { name: x }
spec:
  containers:
    - name: main
      image: app
      volumeMounts:
        - mountPath: /data
          name: data
`
const volume = (name: string): string => `apiVersion: v1
kind: Volume
metadata: { name: disks }
spec: { volumes: [{ name: ${name}, hostPath: { path: /d } }] }
`

describe('a reference that leads nowhere', () => {
  it.each([
    ['of a Scenario to its Package', [scenario], { line: 6, column: 11, path: 'spec.target', message: 'expected a Package that is in this apply or was applied before, found "p"' }],
    ['of a Package to its Volume', [owner, model], { line: 9, column: 17, path: 'spec.models[0].resources.volume', message: 'expected a Volume that is in this apply or was applied before, found "disks"' }],
    ['of a Package to its Model', [owner, volume('data')], { line: 6, column: 13, path: 'spec.models[0].name', message: 'expected a Model that is in this apply or was applied before, found "x"' }],
    ['of a mount to its volume', [model, volume('other'), owner], { line: 10, column: 17, path: 'spec.containers[0].volumeMounts[0].name', message: expect.stringContaining('expected a volume named "data"') as string }],
  ])('%s is told with line and column of the field', async (_, documents, problem) => {
    await using rig = await masterRig()
    await expect(rig.apply(documents.join('---\n'))).rejects.toMatchObject({ code: 'invalid-manifest', details: { problems: [{ file: 'm.yaml', ...problem }] } })
    expect(await rig.operations.artifacts(admin, undefined, never)).toEqual([])
  })

  it('of a mount in a Model that was applied before is told at the Package', async () => {
    await using rig = await masterRig()
    await rig.apply(model)
    await expect(rig.apply([volume('other'), owner].join('---\n'))).rejects.toMatchObject({ details: { problems: [{ line: 11, column: 13, path: 'spec.models[0].name' }] } })
  })

  it('can not come of a delete: what is used stays, and says by what', async () => {
    await using rig = await masterRig()
    await rig.apply([scenario, owner, model, volume('data')].join('---\n'))
    for (const [kind, name, by] of [['Volume', 'disks', 'Package/p'], ['Model', 'x', 'Package/p'], ['Package', 'p', 'Scenario/s']] as const) {
      await expect(rig.operations.deleteArtifact(admin, { kind, name }, never)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(`${kind}/${name} is used by ${by}`) as string })
    }
  })
})

describe('what a Package names besides', () => {
  const named = owner.replace('spec:\n', 'spec:\n  policy: careful\n  schedule: tight\n').replace('volume: disks', 'network: lan')
  const bare = model.replace(/ {6}volumeMounts:[^]*/, '')
  const others = [
    'apiVersion: v1\nkind: Policy\nmetadata: { name: careful }\nspec: { placement: { availableNodes: [b] } }\n',
    'apiVersion: v1\nkind: Schedule\nmetadata: { name: tight }\nspec: [{ name: x }]\n',
    'apiVersion: v1\nkind: Network\nmetadata: { name: lan }\nspec: {}\n',
  ]

  it('must be there: Policy, Schedule and Network', async () => {
    await using rig = await masterRig()
    await expect(rig.apply([named, bare].join('---\n'))).rejects.toMatchObject({ details: { problems: [
      { line: 5, path: 'spec.policy', message: expect.stringContaining('found "careful"') as string },
      { line: 6, path: 'spec.schedule', message: expect.stringContaining('found "tight"') as string },
      { line: 11, path: 'spec.models[0].resources.network', message: expect.stringContaining('found "lan"') as string },
    ] } })
  })

  it('is kept and shown, and the person is told what has no effect yet', async () => {
    await using rig = await masterRig()
    const { warnings } = await rig.operations.apply(admin, [{ name: 'm.yaml', text: [...others, named, bare].join('---\n') }], never)
    expect(warnings).toEqual([
      'm.yaml:2:7: kind: a Policy is kept and shown, but has no effect on nodes yet',
      'm.yaml:7:7: kind: a Schedule is kept and shown, but has no effect on nodes yet',
      'm.yaml:12:7: kind: a Network is kept and shown, but has no effect on nodes yet',
      'm.yaml:24:13: spec.models[0].node: Policy "careful" makes only b available; the model is placed on "a" all the same',
    ])
    const kinds = (await rig.operations.artifacts(admin, undefined, never)).map(({ kind }) => kind)
    expect(kinds.sort()).toEqual(['Model', 'Network', 'Package', 'Policy', 'Schedule'])
    await expect(rig.operations.deleteArtifact(admin, { kind: 'Policy', name: 'careful' }, never)).rejects.toMatchObject({ code: 'conflict' })
  })
})
