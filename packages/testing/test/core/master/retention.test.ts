import { describe, expect, it } from 'vitest'
import type { MasterOptions } from '@piccolo/core'
import type { Caller, StoreEntry } from '@piccolo/core/spi'
import { tables } from '../../../../core/src/master/tables.js'
import type { EventRecord } from '../../../../core/src/model/records/index.js'
import { memoryAuth, memoryBackend, memoryStore, type MemoryBackend } from '../../../src/index.js'
import { admin, manifest, masterRig, never, until, type Rig } from './rig.js'

const dayMs = 86_400_000
const sweepMs = 3 * 60_000

/** Everything below a prefix, however small the backend's pages are. */
function entriesIn(backend: MemoryBackend, prefix: string): readonly StoreEntry[] {
  const entries: StoreEntry[] = []
  for (let page = backend.list(prefix, {}); ; page = backend.list(prefix, { start: `${entries.at(-1)?.key ?? ''}\0` })) {
    entries.push(...page.entries)
    if (!page.more) return entries
  }
}
const idsIn = (backend: MemoryBackend, prefix: string): readonly string[] => entriesIn(backend, prefix).map(({ key }) => key.slice(prefix.length))
const event = (id: string, change: Partial<EventRecord> = {}): EventRecord => ({ id, atMs: Date.UTC(2026, 0, 1), severity: 'info', type: 't', subject: 's', message: 'm', fields: {}, ...change })
/** But for the time, which is kept once a day. */
const nothingElse = async (rig: Rig): Promise<void> => {
  const { revision } = rig.backend
  await rig.clock.advance(3 * dayMs)
  expect(rig.backend.revision).toBe(revision + 3n)
  expect(entriesIn(rig.backend, 'cluster/time')).toMatchObject([{ modRevision: revision + 3n }])
}

/** Puts events of the past into the store, as an earlier master would have left them. */
function past(backend: MemoryBackend, count: number, change: (index: number) => Partial<EventRecord>): void {
  const records = Array.from({ length: count }, (_, index) => event(`000000000000.${index.toString(16).padStart(12, '0')}`, change(index)))
  for (let at = 0; at < count; at += 500) {
    backend.commit({ preconditions: [], mutations: records.slice(at, at + 500).map((record) => tables.events.put(record.id, record)) })
  }
}

const model = (version: number, name = 'x'): string => `apiVersion: v1
kind: Model
metadata: { name: ${name} }
spec: { containers: [{ name: main, image: "app:${String(version)}" }] }
`

describe('the past', () => {
  it('events go a week after they came in, whatever time their node put on them, and then nothing is written', async () => {
    await using rig = await masterRig()
    past(rig.backend, 2, () => ({ arrivedAtMs: rig.clock.wallMs(), atMs: 0, node: 'a' }))
    await rig.clock.advance(6 * dayMs)
    expect(idsIn(rig.backend, 'events/')).toHaveLength(2)
    await rig.clock.advance(2 * dayMs + sweepMs)
    expect(idsIn(rig.backend, 'events/')).toEqual([])
    await nothingElse(rig)
  })

  it('so many events of each node stay, the newest, and as many that are of no node', async () => {
    const backend = memoryBackend({ pageEntries: 7 })
    past(backend, 300, (index) => (index % 3 === 0 ? { node: 'a' } : index % 3 === 1 ? { node: 'b' } : {}))
    await using rig = await masterRig({ retention: { eventsPerNode: 20 } }, backend)
    await rig.clock.advance(sweepMs)
    const kept = entriesIn(backend, 'events/').map((entry) => tables.events.decode(entry).value)
    for (const node of ['a', 'b', undefined]) expect(kept.filter((each) => each.node === node)).toHaveLength(20)
    expect(kept).toHaveLength(60)
    await nothingElse(rig)
  })

  it('is pruned within what one commit of the store takes, in pages', async () => {
    const backend = memoryBackend()
    past(backend, 2_000, () => ({ node: 'a' }))
    const pages: number[] = []
    const store = memoryStore({ backend, capabilities: { maxCommitOperations: 16 } })
    await using rig = await masterRig({
      retention: { eventsPerNode: 100 },
      store: (context) => {
        const port = store(context)
        const { list } = port
        port.list = async (prefix, options, signal) => {
          const result = await list.call(port, prefix, options, signal)
          if (prefix === 'events/') pages.push(result.entries.length)
          return result
        }
        return port
      },
    }, backend)
    await rig.clock.advance(sweepMs)
    expect(idsIn(backend, 'events/')).toHaveLength(100)
    expect(Math.max(...pages)).toBeLessThanOrEqual(500)
  })

  it('is looked at again when the logs have grown, long before the day is over', async () => {
    await using rig = await masterRig({ retention: { auditEntries: 50 } })
    await rig.clock.advance(sweepMs)
    for (let count = 0; count < 120; count += 1) await rig.operations.createToken(admin, {}, never)
    await rig.clock.advance(sweepMs)
    expect(idsIn(rig.backend, 'audit/').length).toBeLessThanOrEqual(55)
  })

  it('refusals do not push what was done out of the audit log', async () => {
    await using rig = await masterRig({ retention: { auditEntries: 5 } })
    const viewer: Caller = { principal: { kind: 'person', name: 'v', role: 'viewer' }, source: 'test' }
    await rig.operations.createToken(admin, {}, never)
    for (let count = 0; count < 30; count += 1) await expect(rig.operations.createToken(viewer, {}, never)).rejects.toMatchObject({ code: 'permission-denied' })
    await rig.clock.advance(sweepMs)
    const outcomes = rig.backend.list('audit/', {}).entries.map((entry) => tables.audit.decode(entry).value.fields['outcome'])
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(5)
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1)
  })

  it('the last ten versions of an artifact stay, and whatever a deployment stands on or could go back to', async () => {
    await using rig = await masterRig()
    await rig.apply(manifest({ x: 'a' }))
    await until(rig, 'the launch', async () => (await rig.operations.scenarios(admin, never))[0]?.phase === 'completed' || undefined)
    await rig.apply(`${model(2)}---\n${manifest({}, { name: 'p' }).split('---\n')[0] ?? ''}`)
    await until(rig, 'the second launch', async () => (await rig.operations.scenarios(admin, never))[0]?.phase === 'completed' || undefined)
    await rig.clock.advance(1_000)
    const [standing] = rig.backend.list('deployments/', {}).entries.map((entry) => tables.deployments.decode(entry).value)
    for (let version = 3; version < 30; version += 1) await rig.apply(model(version))
    await rig.clock.advance(sweepMs)
    const kept = idsIn(rig.backend, 'history/Model/x/').map(BigInt).sort((a, b) => (a < b ? -1 : 1))
    expect(kept).toHaveLength(12)
    expect(kept.slice(0, 2)).toEqual([standing?.previous?.models['x'], standing?.sources.models['x']])
    const newest = rig.backend.list('artifacts/Model/x', {}).entries.map(({ modRevision }) => modRevision)
    expect(kept.slice(2).every((revision, index, all) => index === 0 || revision === (all[index - 1] ?? 0n) + 1n)).toBe(true)
    expect(newest).toEqual([(kept.at(-1) ?? 0n) + 1n])
    await nothingElse(rig)
  })

  it('names that come and go leave so many versions behind, in all', async () => {
    await using rig = await masterRig({ retention: { historyOfDeleted: 7 } })
    for (let index = 0; index < 20; index += 1) {
      await rig.apply(model(1, `m${String(index)}`))
      await rig.operations.deleteArtifact(admin, { kind: 'Model', name: `m${String(index)}` }, never)
    }
    await rig.clock.advance(sweepMs)
    expect(idsIn(rig.backend, 'history/')).toHaveLength(7)
    expect(idsIn(rig.backend, 'history/').some((id) => id.startsWith('Model/m19/'))).toBe(true)
  })

  it('a join token is forgotten a week after its end, one that is good is not', async () => {
    await using rig = await masterRig()
    await rig.operations.createToken(admin, {}, never)
    await rig.clock.advance(6 * dayMs)
    expect(idsIn(rig.backend, 'tokens/')).toHaveLength(1)
    const { id } = await rig.operations.createToken(admin, { validForMs: dayMs }, never)
    await rig.clock.advance(3 * dayMs)
    expect(idsIn(rig.backend, 'tokens/')).toEqual([id])
  })

  it('a master that starts finds what the one before it left undone', async () => {
    const backend = memoryBackend()
    const auth = memoryAuth()
    const first = await masterRig({ auth }, backend)
    past(backend, 50, () => ({}))
    await first.clock.advance(30_000)
    await first.master.stop()
    expect(idsIn(backend, 'events/')).toHaveLength(50)
    await using second = await masterRig({ auth, retention: { eventsPerNode: 10 } }, backend)
    await second.clock.advance(sweepMs)
    expect(idsIn(backend, 'events/')).toHaveLength(10)
  })

  it('goes on when the store was away, and leaves alone what can not be read', async () => {
    const backend = memoryBackend()
    past(backend, 50, () => ({}))
    backend.commit({ preconditions: [], mutations: [{ type: 'put', key: 'events/0', value: new Uint8Array([1]) }] })
    await using rig = await masterRig({ retention: { eventsPerNode: 10 } }, backend)
    await rig.clock.advance(50_000)
    backend.unavailable = true
    await rig.clock.advance(10 * 60_000)
    backend.unavailable = false
    await rig.clock.advance(sweepMs)
    expect(idsIn(backend, 'events/')).toHaveLength(11)
  })

  it.each<[string, MasterOptions['retention']]>([
    ['eventsPerNode', { eventsPerNode: 0 }],
    ['tokensMs', { tokensMs: Number.NaN }],
    ['evnets', { evnets: 5 } as MasterOptions['retention'] & object],
  ])('a limit that is none is refused, and named: %s', async (name, retention) => {
    await expect(masterRig({ retention: retention ?? {} })).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining(name) as string })
  })
})
