import { PiccoloError } from '@piccolo/core/spi'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

const signal = new AbortController().signal
const rot = new TextEncoder().encode('rot')
const names = (board = rig): string[] => board.machine.containers().map(({ name, phase }) => `${name} ${phase}`).sort()
const events = () => rig.master.of('report').flatMap(({ entries }) => entries)

async function runTwoGenerations(): Promise<void> {
  await rig.start()
  await rig.master.want(workload('a'))
  await rig.settle()
  await rig.master.want(workload('a'), workload('b'))
  await rig.settle()
  await rig.kill()
}

describe('an agent always boots', () => {
  test('A6: with a rotten set it starts what the one before says, tells, and is brought up to date', async () => {
    await runTwoGenerations()
    await rig.disk.replace('set', rot, signal)
    await rig.start()
    expect(events()).toContainEqual(expect.objectContaining({ severity: 'critical', type: 'state-damaged' }))
    expect(rig.agent.health().held).toEqual(rig.master.version)
    expect(names()).toEqual(['a_main running', 'b_main running'])
  })

  test('A6: with both copies rotten it keeps what runs, warns, and heals from the master', async () => {
    await runTwoGenerations()
    const before = rig.machine.containers()
    await rig.disk.replace('set', rot, signal)
    await rig.disk.replace('set.previous', rot, signal)
    await rig.master.close()
    await rig.start()
    expect(rig.machine.containers()).toEqual(before)
    expect(rig.agent.health().readiness?.findings).toContainEqual({ check: 'state', level: 'warn', reason: expect.stringMatching(/unreadable/) as string })
    await rig.master.listen()
    await rig.clock.advance(5_000)
    expect(rig.machine.containers()).toEqual(before)
    expect(rig.agent.health().held).toEqual(rig.master.version)
    expect(rig.agent.health().readiness?.findings).toContainEqual({ check: 'state', level: 'ok', reason: '' })
  })

  test.each(['identity', 'outcomes'])('with a rotten file of %s it goes on', async (file) => {
    await runTwoGenerations()
    await rig.disk.replace(file, rot, signal)
    await rig.start()
    expect(rig.agent.health().link.phase).toBe('connected')
    expect(names()).toEqual(['a_main running', 'b_main running'])
  })

  test('with a rotten identity a new journal is begun, from which nothing is lost either', async () => {
    await runTwoGenerations()
    await rig.disk.replace('identity', rot, signal)
    await rig.start()
    rig.machine.exit('a_main', 9)
    await rig.clock.advance(1_000)
    const told = events().filter(({ type }) => type === 'container-exited')
    expect(told).toMatchObject([{ fields: { exitCode: 9 } }])
    await rig.kill()
    rig.master.received.length = 0
    await rig.start()
    expect(events().filter(({ type }) => type === 'container-exited')).toEqual(told)
  })

  test('a start that could not be stored uses no position twice', async () => {
    await runTwoGenerations()
    const replace = rig.disk.replace.bind(rig.disk)
    rig.disk.replace = (path, ...rest) => path === 'identity' ? Promise.reject(new PiccoloError('resource-exhausted', 'Full.')) : replace(path, ...rest)
    await rig.start()
    rig.machine.exit('a_main', 9)
    await rig.clock.advance(1_000)
    const told = events().filter(({ type }) => type === 'container-exited')
    rig.disk.replace = replace
    await rig.kill()
    rig.master.received.length = 0
    await rig.start()
    rig.machine.exit('a_main', 10)
    await rig.clock.advance(1_000)
    const both = events().filter(({ type }) => type === 'container-exited')
    expect(both.map(({ fields }) => fields['exitCode'])).toEqual([9, 10])
    expect(both[0]).toEqual(told[0])
    await rig.kill()
    rig.master.received.length = 0
    await rig.start()
    expect(events().filter(({ type }) => type === 'container-exited')).toEqual(both)
  })

  test('A6: a power cut at any disk operation of its life leaves a disk from which it boots and settles', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (cut) => {
      const one = await makeRig()
      one.disk.cutPowerAfter(cut)
      await one.start()
      await one.master.want(workload('a'))
      await one.settle()
      await one.master.want(workload('b', { restartPolicy: 'OnFailure' }))
      await one.settle()
      if (names(one).includes('b_main running')) one.machine.exit('b_main', 0)
      await one.clock.advance(2_000)
      await one.kill()
      one.disk.crash()
      one.machine.reboot()
      await one.start()
      await one.clock.advance(70_000)
      expect(one.agent.health().held).toEqual(one.master.version)
      expect(one.machine.containers().map(({ name }) => name)).toEqual(one.master.wants.map((name) => `${name}_main`))
      expect(one.agent.health().link.phase).toBe('connected')
      await one.stop()
    }), { numRuns: 40 })
  }, 60_000)
})
