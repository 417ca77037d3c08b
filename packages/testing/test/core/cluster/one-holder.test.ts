import { PiccoloError } from '@piccolo/core/spi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryCluster, type MemoryCluster } from '../../../src/index.js'

const image = 'localhost/app:1'
const manifest = (node: string): string => `apiVersion: v1
kind: Scenario
metadata: { name: s }
spec: { condition: null, action: launch, target: p }
---
apiVersion: v1
kind: Package
metadata: { name: p }
spec: { models: [{ name: x, node: ${node} }] }
---
apiVersion: v1
kind: Model
metadata: { name: x }
spec:
  hostNetwork: true
  containers: [{ name: main, image: "${image}" }]
`

let cluster: MemoryCluster
beforeEach(async () => {
  cluster = await memoryCluster({ nodes: ['a', 'b'], images: [image] })
  for (const node of ['a', 'b']) cluster.node(node).machine.behave(image, { stubborn: true })
  await cluster.until('both nodes to be ready', async () => ((await cluster.nodes()).every(({ phase }) => phase === 'ready') ? true : undefined))
  await cluster.apply(manifest('a'))
  await cluster.until('x to run', async () => ((await cluster.workloads())[0]?.state === 'running' ? true : undefined))
})
afterEach(() => cluster[Symbol.asyncDispose]())

const runningOn = (node: string): number => cluster.node(node).machine.containers().filter(({ phase }) => phase === 'running').length

/** Until it runs there alone; never in two places on the way. */
const movesTo = async (node: 'a' | 'b'): Promise<void> => {
  await cluster.until(`x to run on ${node} alone`, () => {
    expect(runningOn('a') + runningOn('b')).toBeLessThanOrEqual(1)
    return runningOn(node) === 1 ? true : undefined
  })
}

const stopping = (): Promise<true> => cluster.until('a to hold the set without x', async () => ((await cluster.workloads())[0]?.state === 'removing' ? true : undefined))

describe('W9: a workload that moves has one holder', () => {
  it('even if its old node\'s agent is killed while it stops it', async () => {
    await cluster.apply(manifest('b'))
    await stopping()
    await cluster.node('a').kill()
    await cluster.node('a').start()
    await movesTo('b')
  })

  it('even if that agent finds no engine in its next life: then it waits until the engine is back', async () => {
    await cluster.apply(manifest('b'))
    await stopping()
    await cluster.node('a').kill()
    cluster.node('a').machine.fail('open', new PiccoloError('unavailable', 'No engine.'))
    await cluster.node('a').start()
    await cluster.until('a to say why it is not ready', async () => ((await cluster.nodes()).find(({ name }) => name === 'a')?.reasons.includes('container-runtime: No engine.') === true ? true : undefined))
    expect(runningOn('b')).toBe(0)
    cluster.node('a').machine.fail('open', undefined)
    await movesTo('b')
  })

  it('moved to and fro faster than anybody can stop it', async () => {
    for (const node of ['b', 'a', 'b', 'a', 'b'] as const) {
      await cluster.apply(manifest(node))
      expect(runningOn('a') + runningOn('b')).toBeLessThanOrEqual(1)
    }
    await movesTo('b')
  })
})
