import { describe, expect, it } from 'vitest'
import { PiccoloError, type MasterMessage } from '@piccolo/core/spi'
import { setSender, type NodeSet, type NodeSets } from '../../../../core/src/master/api-server/sessions/agent-sender.js'
import { manualClock, seededRandom, silentLogger } from '../../../src/index.js'

const setOf = (generation: bigint, digest: string): NodeSet => ({ version: { generation, digest }, items: new Map([['workload/x', { key: 'workload/x', digest, epoch: 1n }]]) })

function rig(content: (digest: string) => Promise<Uint8Array>) {
  const clock = manualClock()
  const store = { shown: setOf(1n, 'old'), current: 1n }
  const sent: MasterMessage[] = []
  const failures: unknown[] = []
  const sets: NodeSets = {
    of: () => store.shown,
    content,
    isCurrent: (_, { generation }) => Promise.resolve(generation === store.current),
    context: () => undefined, revision: 9n,
    subscribe: () => () => undefined,
  }
  const sender = setSender({
    clock, random: seededRandom(1), logger: silentLogger, node: 'a', sets, held: undefined,
    post: (message) => { sent.push(message) }, failed: (error) => { failures.push(error) }, signal: new AbortController().signal,
  })
  return { clock, store, sent, failures, sender }
}
const gone = new PiccoloError('not-found', 'gone')

describe('the sender of one node', () => {
  it('waits for the newer set when the content of the one it shows is gone', async () => {
    const { clock, store, sent, failures, sender } = rig((digest) => (digest === 'old' ? Promise.reject(gone) : Promise.resolve(new Uint8Array())))
    store.current = 2n
    sender.inventory([])
    await clock.settle()
    expect(failures).toEqual([])
    store.shown = setOf(2n, 'new')
    sender.wake()
    await clock.settle()
    expect(sent).toMatchObject([{ type: 'assign', delta: { target: { generation: 2n } } }])
  })

  it('fails when the content of the set that is wanted is gone', async () => {
    const { clock, failures, sender } = rig(() => Promise.reject(gone))
    sender.inventory([])
    await clock.settle()
    expect(failures).toEqual([gone])
  })

  it('waits for a store that is away', async () => {
    let away = true
    const { clock, sent, failures, sender } = rig(() => (away ? Promise.reject(new PiccoloError('unavailable', 'away')) : Promise.resolve(new Uint8Array())))
    sender.inventory([])
    await clock.advance(60_000)
    away = false
    await clock.advance(10_000)
    expect(failures).toEqual([])
    expect(sent).toHaveLength(1)
  })

  it('sends nothing before it knows what the node holds: a board that has joined anew may hold more than it says', async () => {
    const { clock, sent, sender } = rig(() => Promise.resolve(new Uint8Array()))
    sender.wake()
    await clock.settle()
    expect(sent).toEqual([])
    sender.inventory([{ key: 'workload/left', digest: 'd', epoch: 1n }])
    await clock.settle()
    expect(sent).toMatchObject([{ delta: { removals: ['workload/left'] } }])
  })

  it('goes on from a change that is held although the refusal of the one before it came later', async () => {
    const { clock, store, sent, sender } = rig(() => Promise.resolve(new Uint8Array()))
    sender.inventory([])
    await clock.settle()
    sender.inventory([{ key: 'workload/left', digest: 'd', epoch: 1n }])
    await clock.settle()
    sender.refused(1n)
    store.shown = setOf(2n, 'new')
    sender.wake()
    sender.held({ generation: 1n, digest: 'old' })
    await clock.settle()
    expect(sent.map((message) => message.type === 'assign' && [message.delta.base?.generation, message.delta.target.generation])).toEqual([[undefined, 1n], [undefined, 1n], [1n, 2n]])
  })
})
