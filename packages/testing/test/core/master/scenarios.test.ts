import { describe, expect, it } from 'vitest'
import { admin, manifest, masterRig, never, nodeByHand, until, type HandSession, type Rig } from './rig.js'

async function readyNode(rig: Rig): Promise<HandSession> {
  const node = await (await nodeByHand(rig, 'a')).dial()
  await node.becomeReady()
  return node
}

/** A Scenario alone, for a Package that is there. */
const launch = (scenario: string): string => manifest({}, { scenario }).split('---\n')[0] ?? ''

function withLastImage(image: string, text: string): string {
  const at = text.lastIndexOf('image: app')
  return `${text.slice(0, at)}image: ${image}${text.slice(at + 'image: app'.length)}`
}

const phaseOf = async (rig: Rig, name: string) => (await rig.operations.scenarios(admin, never)).find((scenario) => scenario.name === name)?.phase
const completed = (rig: Rig, name: string) => until(rig, `${name} to be completed`, async () => (await phaseOf(rig, name)) === 'completed' || undefined)
const remove = (rig: Rig, name: string) => rig.operations.deleteArtifact(admin, { kind: 'Scenario', name }, never)
const generationOf = async (rig: Rig) => (await rig.operations.nodes(admin, never))[0]?.wantedGeneration

async function launched(rig: Rig): Promise<HandSession> {
  const node = await readyNode(rig)
  await rig.apply(manifest({ x: 'a', y: 'a' }))
  await until(rig, 'its workloads', () => node.assigns().at(1))
  await node.hold()
  return node
}

describe('several scenarios of one package', () => {
  it('W2: launching what runs changes nothing for the node, whoever launches it', async () => {
    await using rig = await masterRig()
    const node = await launched(rig)
    const generation = await generationOf(rig)
    await rig.apply(launch('other'))
    await completed(rig, 'other')
    await rig.clock.advance(1_000)
    expect(await generationOf(rig)).toBe(generation)
    expect(node.assigns()).toHaveLength(2)
  })

  it('W2: a changed Model that another scenario brings changes its own workload alone', async () => {
    await using rig = await masterRig()
    const node = await launched(rig)
    await rig.apply(withLastImage('app2', manifest({ x: 'a', y: 'a' }, { scenario: 'other' })))
    const change = await until(rig, 'the change', () => node.assigns().at(2))
    expect(change.delta.upserts.map(({ key }) => key)).toEqual(['workload/y'])
  })

  it('what several have launched ends with the last of them', async () => {
    await using rig = await masterRig()
    const node = await launched(rig)
    await rig.apply(launch('other'))
    await completed(rig, 'other')
    await remove(rig, 's')
    await rig.clock.advance(1_000)
    expect(node.assigns()).toHaveLength(2)
    expect((await rig.operations.packages(admin, never))[0]).toMatchObject({ launchedBy: 'other' })
    await remove(rig, 'other')
    const end = await until(rig, 'the end', () => node.assigns().at(2))
    expect(end.delta.removals).toEqual(['workload/x', 'workload/y'])
  })
})
