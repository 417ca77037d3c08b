import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plan, type PlanInput, type WantedWorkload } from '../../../src/master/action-controller/plan.js'
import type { AssignmentItem, LivenessRecord, NodeRecord } from '../../../src/model/records/index.js'

const node = (id: string, change: Partial<NodeRecord> = {}): { readonly value: NodeRecord } => ({
  value: { id, type: 'embedded', role: 'worker', labels: {}, source: 'token', keys: ['k'], registeredAtMs: 0, cordoned: false, ...change },
})
const live = (phase: LivenessRecord['phase'], ...reasons: string[]): { readonly value: LivenessRecord } => ({ value: { phase, reasons, sinceMs: 0 } })
const ready = live('ready')
const want = (model: string, on: string, digest = 'd1', owner = 'p'): WantedWorkload => ({ package: owner, model, node: on, digest })

function input(change: Partial<PlanInput> = {}): PlanInput {
  return {
    wanted: [],
    nodes: new Map([['a', node('a')], ['b', node('b')]]),
    liveness: new Map([['a', ready], ['b', ready]]),
    assigned: new Map([['a', new Map()], ['b', new Map()]]),
    frozen: new Set(),
    releasing: new Map(),
    hasLetGo: () => false,
    ...change,
  }
}
const holding = (on: string, model: string, digest = 'd1'): PlanInput['assigned'] =>
  new Map([['a', new Map()], ['b', new Map()], [on, new Map([[`workload/${model}`, { digest, package: 'p' }]])]])

describe('a plan', () => {
  it('gives every registered node a set, an empty one too', () => {
    expect([...plan(input({ assigned: new Map() })).sets.keys()]).toEqual(['a', 'b'])
  })

  it('places a workload on its node', () => {
    expect(plan(input({ wanted: [want('w', 'a')] })).sets.get('a')?.get('workload/w')).toEqual({ digest: 'd1', package: 'p' })
  })

  it('changes nothing when nothing is new', () => {
    const planned = plan(input({ wanted: [want('w', 'a')], assigned: holding('a', 'w') }))
    expect(planned.sets.size).toBe(0)
    expect(planned.unplaced.size).toBe(0)
  })

  it.each([
    ['is not registered', { nodes: new Map([['b', node('b')]]) }],
    ['is notReady: disk: full', { liveness: new Map([['a', live('notReady', 'disk: full')]]) }],
    ['is pending', { liveness: new Map() }],
    ['is cordoned', { nodes: new Map([['a', node('a', { cordoned: true })]]) }],
    ['has the role monitor', { nodes: new Map([['a', node('a', { role: 'monitor' })]]) }],
  ])('B1: places nothing new on a node that %s, and says why', (reason, change) => {
    const planned = plan(input({ wanted: [want('w', 'a')], ...change }))
    expect(planned.unplaced.get('p/w')).toContain(reason)
    expect([...planned.sets.values()].every((items) => items.size === 0)).toBe(true)
  })

  it('changes what a node has although the node is away: it hears of it when it is back', () => {
    const planned = plan(input({ wanted: [want('w', 'a', 'd2')], assigned: holding('a', 'w'), liveness: new Map() }))
    expect(planned.sets.get('a')?.get('workload/w')?.digest).toBe('d2')
  })

  it('takes a moved workload from its holder first and gives it to the other only after that one has let go', () => {
    const first = plan(input({ wanted: [want('w', 'b')], assigned: holding('a', 'w') }))
    expect(first.sets.get('a')?.size).toBe(0)
    expect(first.sets.has('b')).toBe(false)
    expect(first.releasing.get('w')).toBe('a')
    expect(first.unplaced.get('p/w')).toContain('may still run')
    const waiting = plan(input({ wanted: [want('w', 'b')], releasing: first.releasing }))
    expect(waiting.sets.size).toBe(0)
    const done = plan(input({ wanted: [want('w', 'b')], releasing: first.releasing, hasLetGo: () => true }))
    expect(done.sets.get('b')?.has('workload/w')).toBe(true)
    expect(done.releasing.size).toBe(0)
  })

  it('ends a move when its workload is wanted by its first holder again: the next move is another one', () => {
    const back = plan(input({ wanted: [want('w', 'a')], releasing: new Map([['w', 'a']]) }))
    expect(back.sets.get('a')?.has('workload/w')).toBe(true)
    expect(back.releasing.size).toBe(0)
    expect(plan(input({ wanted: [want('w', 'a')], assigned: holding('a', 'w'), releasing: new Map([['w', 'a']]) })).releasing.size).toBe(0)
  })

  it('gives what a node had that is registered no longer to another', () => {
    const planned = plan(input({ wanted: [want('w', 'b')], assigned: holding('gone', 'w'), hasLetGo: (id) => id === 'gone' }))
    expect(planned.sets.get('b')?.has('workload/w')).toBe(true)
    expect(planned.releasing.size).toBe(0)
  })

  it('gives the name of what runs of an unreadable Package to no other', () => {
    const planned = plan(input({ wanted: [want('w', 'a', 'd2', 'q'), want('w', 'b', 'd2', 'q')], assigned: holding('a', 'w'), frozen: new Set(['p']) }))
    expect(planned.sets.size).toBe(0)
    expect(planned.unplaced.get('q/w')).toContain('belongs to Package "p"')
  })

  it('gives a name that two Packages claim to the first and tells the second', () => {
    const planned = plan(input({ wanted: [want('w', 'a'), want('w', 'b', 'd2', 'q')] }))
    expect(planned.sets.get('a')?.get('workload/w')?.package).toBe('p')
    expect(planned.unplaced.get('q/w')).toContain('belongs to Package "p"')
  })

  it('leaves what it does not know, and Packages it can not read, as they are', () => {
    const items = new Map<string, AssignmentItem>([['config/x', { digest: 'c' }], ['workload/w', { digest: 'd1', package: 'p' }]])
    expect(plan(input({ assigned: new Map([['a', items], ['b', new Map()]]), frozen: new Set(['p']) })).sets.size).toBe(0)
  })

  it('W9: never has one workload on two nodes, nor on one while another may still run it, whatever is wanted in whatever order', () => {
    const step = fc.record({ node: fc.constantFrom('a', 'b', 'c', ''), letsGo: fc.boolean() })
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const nodes = new Map(['a', 'b', 'c'].map((id) => [id, node(id)]))
      const liveness = new Map(['a', 'b', 'c'].map((id) => [id, ready]))
      let assigned = new Map<string, ReadonlyMap<string, AssignmentItem>>()
      let releasing: ReadonlyMap<string, string> = new Map()
      const running = new Set<string>()
      for (const { node: on, letsGo } of steps) {
        if (letsGo) for (const id of [...running]) if (assigned.get(id)?.has('workload/w') !== true) running.delete(id)
        const planned = plan(input({
          wanted: on === '' ? [] : [want('w', on)], nodes, liveness, assigned, releasing, hasLetGo: (id) => !running.has(id),
        }))
        assigned = new Map([...assigned, ...planned.sets])
        releasing = planned.releasing
        const holders = [...assigned].filter(([, items]) => items.has('workload/w')).map(([id]) => id)
        for (const id of holders) running.add(id)
        expect(holders.length).toBeLessThanOrEqual(1)
        expect(running.size).toBeLessThanOrEqual(1)
      }
    }))
  })
})
