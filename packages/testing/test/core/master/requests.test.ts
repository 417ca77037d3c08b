import { describe, expect, it } from 'vitest'
import { tables } from '../../../../core/src/master/tables.js'
import { admin, manifest, masterRig, never, nodeByHand, until, workloadStatus } from './rig.js'

const request = (id: string) => ({ requestId: id, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` })

describe('what came with a request', () => {
  it('goes with everything that comes of it: the audit, the sets of nodes, their removal, and commands', async () => {
    await using rig = await masterRig()
    const node = await (await nodeByHand(rig, 'a')).dial()
    await node.becomeReady()
    const as = (id: string) => ({ ...admin, context: request(id) })
    const files = [{ name: 'm.yaml', text: manifest({ x: 'a' }) }]

    await rig.operations.apply(as('r1'), files, never)
    const placed = await until(rig, 'the set', () => node.assigns().at(1))
    expect(placed).toMatchObject({ context: { ...request('r1'), principal: 'admin:test' } })
    await node.hold()

    await node.send({ type: 'status', entries: [workloadStatus('x', 1)] })
    await until(rig, 'its state', async () => ((await rig.operations.workloads(admin, never)).length > 0 || undefined))
    const ending = new AbortController()
    const lines = rig.operations.logs(as('r2'), { workload: 'x', follow: false }, ending.signal)[Symbol.asyncIterator]().next()
    const command = await until(rig, 'the command', () => node.inbox.find(({ type }) => type === 'command'))
    expect(command).toMatchObject({ context: { ...request('r2'), principal: 'admin:test' } })
    ending.abort()
    await lines

    await rig.operations.deleteManifest(as('r3'), files, never)
    const removed = await until(rig, 'the removal', () => node.assigns().at(2))
    expect(removed).toMatchObject({ context: request('r3') })

    const audit = rig.backend.list('audit/', {}).entries.map((entry) => tables.audit.decode(entry).value)
    expect(audit.find(({ type }) => type === 'apply')?.fields).toMatchObject({ who: 'admin:test', ...request('r1') })
    expect(audit.find(({ type }) => type === 'delete')?.fields).toMatchObject(request('r3'))
  })

  it('is not mistaken for another node\'s, nor for that of a request which was refused', async () => {
    await using rig = await masterRig()
    const [a, b] = [await (await nodeByHand(rig, 'a')).dial(), await (await nodeByHand(rig, 'b')).dial()]
    await a.becomeReady()
    await b.becomeReady()
    const apply = (id: string, text: string) => rig.operations.apply({ ...admin, context: request(id) }, [{ name: 'm.yaml', text }], never)
    await apply('r1', manifest({ x: 'a' }))
    await until(rig, 'the set of a', () => a.assigns().at(1))
    await expect(apply('r2', manifest({ x: 'a' }, { name: 'q' }).replace('target: q', 'target: nobody'))).rejects.toMatchObject({ code: 'invalid-manifest' })
    await apply('r3', manifest({ y: 'b' }, { name: 'q', scenario: 't' }))
    expect(await until(rig, 'the set of b', () => b.assigns().at(1))).toMatchObject({ context: request('r3') })
    expect(a.assigns().at(-1)).toMatchObject({ context: request('r1') })
  })
})
