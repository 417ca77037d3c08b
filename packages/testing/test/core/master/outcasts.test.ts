import { describe, expect, it } from 'vitest'
import { memoryBackend } from '@piccolo/testing'
import { admin, masterRig, never, nodeByHand, until } from './rig.js'

describe('a node that is shut out', () => {
  it.each(['quarantineNode', 'revokeNode'] as const)('%s ends its session at once, even while the master hears nothing from its store', async (operation) => {
    const backend = memoryBackend()
    await using rig = await masterRig({}, backend)
    const node = await nodeByHand(rig, 'n1')
    const session = await node.dial()
    await session.becomeReady()
    backend.watchesBroken = true
    let isDecided: true | undefined
    const deciding = rig.operations[operation](admin, 'n1', {}, never).then(() => { isDecided = true })
    await rig.clock.advance(500)
    expect(session.over()).toBe(true)
    expect(session.inbox.at(-1)).toMatchObject({ type: 'refuse', error: { code: operation === 'revokeNode' ? 'revoked' : 'quarantined' } })
    backend.watchesBroken = false
    await until(rig, 'the answer', () => isDecided)
    await deciding
  })
})
