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
    sender.wake()
    await clock.settle()
    expect(failures).toEqual([])
    store.shown = setOf(2n, 'new')
    sender.wake()
    await clock.settle()
    expect(sent).toMatchObject([{ type: 'assign', delta: { target: { generation: 2n } } }])
  })

  it('fails when the content of the set that is wanted is gone', async () => {
    const { clock, failures, sender } = rig(() => Promise.reject(gone))
    sender.wake()
    await clock.settle()
    expect(failures).toEqual([gone])
  })

  it('waits for a store that is away', async () => {
    let away = true
    const { clock, sent, failures, sender } = rig(() => (away ? Promise.reject(new PiccoloError('unavailable', 'away')) : Promise.resolve(new Uint8Array())))
    sender.wake()
    await clock.advance(60_000)
    away = false
    await clock.advance(10_000)
    expect(failures).toEqual([])
    expect(sent).toHaveLength(1)
  })
})
