import { describe, expect, it } from 'vitest'
import type { JournalEntry, StatusEntry, StoreCapabilities } from '@piccolo/core/spi'
import { eventBus } from '../../../../core/src/events/index.js'
import { eventLog } from '../../../../core/src/master/event-log.js'
import { stateManager } from '../../../../core/src/master/state-manager/state-manager.js'
import { createStore } from '../../../../core/src/store/index.js'
import { tables } from '../../../../core/src/master/tables.js'
import { manualClock, memoryStore, seededRandom, silentLogger } from '../../../src/index.js'

const never = new AbortController().signal

async function manager(capabilities: Partial<StoreCapabilities> = {}) {
  const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
  const port = memoryStore({ capabilities })(context)
  await port.open(never)
  const store = createStore(port, { context })
  const log = eventLog({ term: 1n, clock: context.clock, bus: eventBus(silentLogger) })
  return { store, states: stateManager({ store, log }, { caughtUpWith: () => Promise.resolve() }) }
}

const status = (seq: number, state: 'running' | 'dead', epoch = 5n): StatusEntry => ({
  key: 'workload/w', position: { incarnation: 1, seq },
  workload: { workload: 'w', package: 'p', model: 'w', wantedDigest: 'd', epoch, state, containers: [] },
})
const entry = (seq: number): JournalEntry => ({ position: { incarnation: 1, seq }, atMs: 0, severity: 'info', type: 't', subject: 's', message: 'm', fields: {} })

describe('the keeper of states', () => {
  it('keeps the later of two values, whatever the order of their arrival', async () => {
    const { store, states } = await manager()
    await states.statuses('n', 'disk-1', [status(7, 'running')], never)
    await states.statuses('n', 'disk-1', [status(6, 'dead')], never)
    expect((await tables.states.get(store, 'n/workload/w'))?.value.status.state).toBe('running')
  })

  it('A7: believes a node with a new disk state although its positions begin anew', async () => {
    const { store, states } = await manager()
    await states.statuses('n', 'disk-1', [status(7, 'running')], never)
    await states.statuses('n', 'disk-2', [status(1, 'dead')], never)
    expect((await tables.states.get(store, 'n/workload/w'))?.value.status.state).toBe('dead')
  })

  it('ignores what is told under a lower placement epoch', async () => {
    const { store, states } = await manager()
    await states.statuses('n', 'disk-1', [status(1, 'running', 9n)], never)
    await states.statuses('n', 'disk-1', [status(2, 'dead', 5n)], never)
    expect((await tables.states.get(store, 'n/workload/w'))?.value.status.state).toBe('running')
  })

  it('removes what the full status set of a session did not name', async () => {
    const { store, states } = await manager()
    await states.statuses('n', 'disk-1', [status(1, 'running')], never)
    await states.synced('n', new Set(), never)
    expect(await tables.states.get(store, 'n/workload/w')).toBeUndefined()
  })

  it('commits an entry that arrives twice once, and answers the position that is committed', async () => {
    const { store, states } = await manager()
    expect(await states.acknowledged('n', 'disk-1', never)).toBeUndefined()
    expect(await states.report('n', 'disk-1', [entry(1), entry(2)], never)).toEqual({ incarnation: 1, seq: 2 })
    expect(await states.report('n', 'disk-1', [entry(1), entry(2), entry(3)], never)).toEqual({ incarnation: 1, seq: 3 })
    expect((await tables.events.list(store)).entries.map(({ value }) => value.fields['seq'])).toEqual([1, 2, 3])
    expect(await states.acknowledged('n', 'disk-1', never)).toEqual({ incarnation: 1, seq: 3 })
    expect(await states.acknowledged('n', 'disk-2', never)).toBeUndefined()
  })

  it('takes what is more than fits into one commit of the store in several', async () => {
    const { store, states } = await manager({ maxCommitOperations: 8 })
    const keys = Array.from({ length: 20 }, (_, index) => `workload/w${String(index)}`)
    await states.statuses('n', 'disk-1', keys.map((key) => ({ ...status(1, 'running'), key })), never)
    expect((await tables.states.list(store)).entries).toHaveLength(20)
    expect(await states.report('n', 'disk-1', keys.map((_, index) => entry(index + 1)), never)).toEqual({ incarnation: 1, seq: 20 })
    expect((await tables.events.list(store)).entries).toHaveLength(20)
    await states.synced('n', new Set(), never)
    expect((await tables.states.list(store)).entries).toHaveLength(0)
  })
})
