import { PiccoloError, type TransportAdapter } from '@piccolo/core/spi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { image, makeRig, workload, type Rig } from '../agent/rig.js'

let rig: Rig
beforeEach(async () => {
  rig = await makeRig()
  rig.machine.behave(image, { stubborn: true })
})
afterEach(async () => { await rig.stop() })

/** A link that can be held up: what is sent meanwhile arrives in the order in which the agent lets go of it. */
function slowLink(): { readonly transport: TransportAdapter; holdUp(): void; letGo(): void } {
  let gate: Promise<void> | undefined
  let letGo = (): void => undefined
  return {
    transport: (context) => {
      const inner = rig.network.transport({ name: 'agent' })(context)
      return {
        capabilities: inner.capabilities,
        listen: (...call) => inner.listen(...call),
        enroll: (...call) => inner.enroll(...call),
        renew: (...call) => inner.renew(...call),
        close: () => inner.close(),
        async connect(...call) {
          const channel = await inner.connect(...call)
          return {
            peer: channel.peer, messages: channel.messages, close: () => channel.close(),
            async send(message, signal) {
              await channel.send(message, signal)
              await gate
            },
          }
        },
      }
    },
    holdUp: () => { gate = new Promise((resolve) => { letGo = () => { gate = undefined; resolve() } }) },
    letGo: () => letGo(),
  }
}

/** What tells a master whether a workload is here: its statuses, and what set the node says it holds, in the order in which they came. */
function told(name: string): string[] {
  return rig.master.received.flatMap((message) => {
    if (message.type === 'held') return [`holds ${message.version.generation}`]
    if (message.type === 'synced') return ['synced']
    if (message.type !== 'status') return []
    return message.entries.flatMap(({ key, workload: status }) => (key === `workload/${name}` ? [`${name} ${status?.state ?? 'gone'}`] : []))
  })
}

describe('one holder: a node that says what it holds has said before what it still has', () => {
  test('a removal that follows its assignment at once is acknowledged behind the word that the workload is here', async () => {
    const link = slowLink()
    await rig.start({ transport: link.transport })
    link.holdUp()
    await rig.master.want()
    await rig.settle()
    rig.master.received.length = 0
    await rig.master.want(workload('a'))
    await rig.settle()
    await rig.master.want()
    await rig.settle()
    expect(rig.machine.containers()).toHaveLength(1)
    link.letGo()
    await rig.settle()
    expect(told('a')).toEqual(['a removing', `holds ${rig.master.version?.generation ?? 0n}`])
    await rig.clock.advance(5_000)
    expect(told('a').at(-1)).toBe('a gone')
  })

  test('an assignment is acknowledged behind its first status', async () => {
    await rig.start()
    rig.master.received.length = 0
    await rig.master.want(workload('a'))
    await rig.settle()
    expect(told('a').slice(0, 2)).toEqual(['a pending', `holds ${rig.master.version?.generation ?? 0n}`])
  })

  test('killed between the acknowledgement of a removal and its end, it tells of the workload in its next life as well, until it is gone', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    await rig.master.want()
    await rig.settle()
    await rig.kill()
    rig.master.received.length = 0
    await rig.start()
    expect(rig.machine.containers()).toMatchObject([{ phase: 'running' }])
    expect(told('a')).toEqual(['a removing', 'synced'])
    await rig.clock.advance(10_000)
    expect(told('a')).toEqual(['a removing', 'synced', 'a gone'])
  })

  test('as long as its engine has not told what is here, it does not say that it has told everything', async () => {
    await rig.start()
    await rig.master.want(workload('a'), workload('b'))
    await rig.settle()
    await rig.master.want(workload('b'))
    await rig.settle()
    await rig.kill()
    rig.machine.fail('open', new PiccoloError('unavailable', 'No engine.'))
    rig.master.received.length = 0
    await rig.start()
    await rig.clock.advance(1_000)
    expect(rig.master.status('b')).toMatchObject({ state: 'pending', reason: 'RuntimeUnavailable: No engine.' })
    expect(told('a')).toEqual([])
    rig.machine.fail('open', undefined)
    await rig.clock.advance(2_000)
    expect(told('a')).toEqual(['a removing', 'synced'])
  })
})
