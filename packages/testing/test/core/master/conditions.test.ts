import { describe, expect, it } from 'vitest'
import type { Caller, SignalValue } from '@piccolo/core/spi'
import { memoryAuth, memoryBackend } from '../../../src/index.js'
import { admin, manifest, masterRig, never, until, type Rig } from './rig.js'

const conditional = (action = 'launch', { express = 'ge', value = '100' } = {}): string => manifest({ x: 'a' })
  .replace('condition: null', `condition: { express: ${express}, value: "${value}", operands: { type: DDS, name: kmh, value: vehicle/speed } }`)
  .replace('action: launch', `action: ${action}`)

const say = (rig: Pick<Rig, 'operations'>, value: SignalValue | null) => rig.operations.publishSignals(admin, [{ name: 'vehicle/speed#kmh', value }], never)
const scenario = async (rig: Pick<Rig, 'operations'>) => (await rig.operations.scenarios(admin, never))[0]
const packageState = async (rig: Pick<Rig, 'operations'>) => (await rig.operations.packages(admin, never))[0]?.models.length
const satisfied = async (rig: Rig) => (await rig.events()).filter(({ type }) => type === 'scenario-satisfied').map(({ message }) => message)
const phase = (rig: Pick<Rig, 'operations' | 'clock'>, wanted: string) => until(rig, `the phase ${wanted}`, async () => ((await scenario(rig))?.phase === wanted ? true : undefined))

describe('W8: a Scenario with a condition', () => {
  it('waits, says for what, and fires when the signal comes', async () => {
    await using rig = await masterRig()
    await rig.apply(conditional())
    await phase(rig, 'waiting')
    expect(await scenario(rig)).toMatchObject({ reason: 'Waits for vehicle/speed#kmh ge 100; nothing is known of it.' })
    await say(rig, 99)
    expect(await scenario(rig)).toMatchObject({ phase: 'waiting', reason: 'Waits for vehicle/speed#kmh ge 100; it is 99.' })
    expect(await packageState(rig)).toBe(0)
    await say(rig, 100)
    await phase(rig, 'completed')
    expect(await packageState(rig)).toBe(1)
    expect(await satisfied(rig)).toEqual(['Satisfied by vehicle/speed#kmh ge 100: launch p.'])
  })

  it('fires once a run, however often its condition comes to hold, and anew when it is applied again', async () => {
    await using rig = await masterRig()
    await rig.apply(conditional())
    await phase(rig, 'waiting')
    for (const value of [120, 130, 20, 140, 20]) await say(rig, value)
    expect(await satisfied(rig)).toHaveLength(1)
    await rig.apply(conditional())
    await phase(rig, 'waiting')
    await say(rig, 150)
    await phase(rig, 'completed')
    expect(await satisfied(rig)).toHaveLength(2)
  })

  it('that is applied while its condition holds fires at once', async () => {
    await using rig = await masterRig()
    await say(rig, 180)
    await rig.apply(conditional())
    await phase(rig, 'completed')
  })

  it('does not miss a value that was there for a moment only', async () => {
    await using rig = await masterRig()
    await rig.apply(conditional())
    await phase(rig, 'waiting')
    await Promise.all([say(rig, 5), say(rig, 200), say(rig, 5)])
    expect(await satisfied(rig)).toHaveLength(1)
  })

  it('is held against every value that is published after the apply has been answered, however late the store tells of it', async () => {
    await using rig = await masterRig()
    rig.backend.watchesBroken = true
    const applied = rig.apply(conditional()).then(async () => {
      await say(rig, 200)
      await say(rig, 5)
    })
    await rig.clock.advance(1_000)
    rig.backend.watchesBroken = false
    for (let second = 0; second < 10; second += 1) await rig.clock.advance(1_000)
    await applied
    expect(await satisfied(rig)).toHaveLength(1)
  })

  it('that is applied after its signal was taken back waits', async () => {
    await using rig = await masterRig()
    await say(rig, 180)
    await say(rig, null)
    await rig.apply(conditional())
    await phase(rig, 'waiting')
  })

  it('terminates as well as it launches', async () => {
    await using rig = await masterRig()
    await rig.apply(manifest({ x: 'a' }))
    await until(rig, 'the package', async () => ((await packageState(rig)) === 1 ? true : undefined))
    await rig.apply(conditional('terminate', { express: 'lt', value: '5' }).split('---')[0]?.replace('name: s', 'name: parked') ?? '')
    await until(rig, 'its wait', async () => (await rig.operations.scenarios(admin, never)).some((each) => each.phase === 'waiting') || undefined)
    await say(rig, 0)
    await until(rig, 'its end', async () => ((await packageState(rig)) === 0 ? true : undefined))
  })

  it('waits on after a start of the master, and what has fired does not fire again', async () => {
    const backend = memoryBackend()
    const auth = memoryAuth()
    const first = await masterRig({ auth }, backend)
    await first.apply(conditional())
    await phase(first, 'waiting')
    await first.master.stop()
    await using second = await masterRig({ auth }, backend)
    await phase(second, 'waiting')
    await say(second, 100)
    await phase(second, 'completed')
    await second.master.stop()
    await using third = await masterRig({ auth }, backend)
    await say(third, 100)
    await third.clock.advance(1_000)
    expect(await satisfied(third)).toHaveLength(1)
  })

  it('is judged again when its effect could not be committed, and the one who published is told', async () => {
    await using rig = await masterRig()
    await rig.apply(conditional())
    await phase(rig, 'waiting')
    rig.backend.unavailable = true
    await expect(say(rig, 100)).rejects.toMatchObject({ code: 'unavailable' })
    rig.backend.unavailable = false
    await until(rig, 'its effect', async () => ((await scenario(rig))?.phase === 'completed' ? true : undefined), 3_000)
  })
})

describe('signals', () => {
  it('are listed with what they said, when, and who waits for them', async () => {
    await using rig = await masterRig()
    await rig.apply(conditional())
    await phase(rig, 'waiting')
    await rig.operations.publishSignals(admin, [{ name: 'door', value: 'open' }], never)
    expect(await rig.operations.signals(admin, never)).toEqual([
      { name: 'door', value: 'open', atMs: rig.clock.wallMs(), awaitedBy: [] },
      { name: 'vehicle/speed#kmh', awaitedBy: ['s'] },
    ])
  })

  it.each([
    ['no name', [{ name: '', value: 1 }], 'invalid-argument'],
    ['a value that is none', [{ name: 'good', value: 1 }, { name: 'bad', value: NaN }], 'invalid-argument'],
    ['a name twice', [{ name: 'a', value: 200 }, { name: 'a', value: 5 }], 'invalid-argument'],
    ['more than a master knows', Array.from({ length: 10_001 }, (_, index) => ({ name: `s${String(index)}`, value: 1 })), 'resource-exhausted'],
  ] as const)('with %s are refused, all of them', async (_, signals, code) => {
    await using rig = await masterRig()
    await expect(rig.operations.publishSignals(admin, signals, never)).rejects.toMatchObject({ code })
    expect(await rig.operations.signals(admin, never)).toEqual([])
  })

  it('beyond the bound are refused until some are taken back', async () => {
    await using rig = await masterRig()
    const all = Array.from({ length: 10_000 }, (_, index) => ({ name: `s${String(index)}`, value: index }))
    await rig.operations.publishSignals(admin, all, never)
    await expect(rig.operations.publishSignals(admin, [{ name: 'more', value: 1 }], never)).rejects.toMatchObject({ code: 'resource-exhausted' })
    await rig.operations.publishSignals(admin, [{ name: 'more', value: 1 }, { name: 's1', value: null }], never)
  })

  it.each([
    ['a viewer', { kind: 'person', name: 'v', role: 'viewer' }],
    ['a node', { kind: 'node', nodeId: 'a', key: 'k' }],
  ] as const)('are not taken from %s', async (_, principal) => {
    await using rig = await masterRig()
    const caller = { principal, source: 'test' } as Caller
    await expect(rig.operations.publishSignals(caller, [{ name: 'a', value: 1 }], never)).rejects.toMatchObject({ code: 'permission-denied' })
  })
})
