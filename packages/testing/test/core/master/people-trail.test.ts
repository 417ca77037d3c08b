import { describe, expect, it } from 'vitest'
import type { MasterOptions } from '@piccolo/core'
import type { PersonRole } from '@piccolo/core/spi'
import { memoryAuth, memoryBackend, memoryStore } from '@piccolo/testing'
import { heldStore } from './held-store.js'
import { admin, masterRig, never, until } from './rig.js'

type People = Record<string, { name: string; role: PersonRole }>

async function peopleRig(people: People, options: Partial<MasterOptions> = {}) {
  const backend = memoryBackend()
  const auth = memoryAuth({ people })
  const rig = await masterRig({ auth, ...options }, backend)
  const come = (token: string, door = rig.door) => door.admit({ type: 'bearer', token }, '10.0.0.7:1', never)
  const audit = async (operations = rig.operations) => (await operations.audit(admin, { limit: 1_000 }, never))
    .filter(({ subject }) => subject.startsWith('person/')).map(({ who, operation, subject, outcome }) => [who, operation, subject, outcome].join(' '))
  const alarms = async () => (await rig.events()).filter(({ subject }) => subject.startsWith('person/')).map(({ severity, type, subject, fields }) => [severity, type, subject, fields['security']])
  return { backend, auth, rig, come, audit, alarms, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}

const ada = { name: 'ada', role: 'admin' } as const

describe('I8: who may use the API is in the audit log, whoever keeps the list', () => {
  it('takes those who are there at the very first start as they are, without an alarm', async () => {
    await using scene = await peopleRig({ t1: ada })
    expect(await scene.audit()).toEqual(['machine personCreated person/ada done'])
    expect(await scene.alarms()).toEqual([])
  })

  it('tells who came, got another role, got another proof and went, by the time it counts, and of admins as a warning', async () => {
    const people: People = { t1: ada }
    await using scene = await peopleRig(people)
    people['t2'] = { name: 'bob', role: 'viewer' }
    await scene.come('t2')
    people['t2'] = { name: 'bob', role: 'admin' }
    await scene.come('t2')
    delete people['t2']
    people['t3'] = { name: 'bob', role: 'admin' }
    await scene.come('t3')
    delete people['t3']
    await expect(scene.come('t3')).rejects.toMatchObject({ code: 'unauthenticated' })
    expect((await scene.audit()).slice(1)).toEqual(['personCreated', 'personRoleChanged', 'personProofReplaced', 'personRemoved'].map((operation) => `machine ${operation} person/bob done`))
    expect(await scene.alarms()).toEqual([
      ['info', 'person-created', 'person/bob', true], ['warning', 'person-role-changed', 'person/bob', true],
      ['warning', 'person-proof-replaced', 'person/bob', true], ['info', 'person-removed', 'person/bob', true],
    ])
  })

  it('tells once, however many come at once, and writes nothing while nothing changes', async () => {
    const people: People = { t1: ada }
    await using scene = await peopleRig(people)
    people['t2'] = { name: 'bob', role: 'viewer' }
    await Promise.all(Array.from({ length: 20 }, () => scene.come('t2')))
    expect(await scene.audit()).toHaveLength(2)
    const before = scene.backend.revision
    for (const token of ['t1', 't2', 't1']) await scene.come(token)
    expect(scene.backend.revision).toBe(before)
  })

  it('tells of many at once, in as many commits as it takes', async () => {
    const people: People = { t1: ada }
    await using scene = await peopleRig(people)
    for (let number = 0; number < 100; number += 1) people[`n${String(number)}`] = { name: `p${String(number)}`, role: 'viewer' }
    await scene.come('t1')
    expect(new Set(await scene.audit()).size).toBe(101)
    expect(await scene.alarms()).toHaveLength(100)
  })

  it('lets nobody in by a change that could not be written down, and others as ever', async () => {
    const people: People = { t1: ada }
    await using scene = await peopleRig(people)
    await scene.come('t1')
    scene.backend.unavailable = true
    expect(await scene.come('t1')).toMatchObject({ name: 'ada' })
    people['t2'] = { name: 'bob', role: 'admin' }
    await expect(scene.come('t2')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await scene.come('t1')).toMatchObject({ name: 'ada' })
    scene.backend.unavailable = false
    expect(await scene.come('t2')).toMatchObject({ name: 'bob' })
    expect(await scene.audit()).toHaveLength(2)
  })

  it('lets somebody in by another proof only once that is written down', async () => {
    const people: People = { t1: ada }
    await using scene = await peopleRig(people)
    await scene.come('t1')
    scene.backend.unavailable = true
    delete people['t1']
    people['t2'] = ada
    await expect(scene.come('t2')).rejects.toMatchObject({ code: 'unavailable' })
    scene.backend.unavailable = false
    expect(await scene.come('t2')).toMatchObject({ name: 'ada' })
  })

  it('keeps nobody who is known waiting for longer than a second, however many come, while a store does not answer', async () => {
    const backend = memoryBackend()
    const store = heldStore(memoryStore({ backend }))
    const people: People = { t1: ada }
    await using scene = await peopleRig(people, { store: store.adapter })
    await scene.come('t1')
    const held = store.holdNext('commit', 'cluster/people')
    people['t2'] = { name: 'bob', role: 'viewer' }
    let isIn = false
    const bob = scene.come('t2').then((principal) => { isIn = true; return principal })
    await until(scene.rig, 'the commit', held.hasCome)
    const others = Promise.all(Array.from({ length: 20 }, () => scene.come('t1')))
    const strangers = Promise.allSettled([scene.come('t9'), scene.come('t9')])
    await scene.rig.clock.advance(1_000)
    expect(await others).toHaveLength(20)
    expect((await strangers).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(isIn).toBe(false)
    held.release()
    expect(await bob).toMatchObject({ name: 'bob' })
  })

  it('tells once of a change whose commit got no answer', async () => {
    const people: People = { t1: ada }
    await using scene = await peopleRig(people)
    people['t2'] = { name: 'bob', role: 'viewer' }
    scene.backend.losesReplies = true
    await expect(scene.come('t2')).rejects.toMatchObject({ code: 'unavailable' })
    scene.backend.losesReplies = false
    await scene.come('t2')
    expect(await scene.audit()).toHaveLength(2)
    expect(await scene.alarms()).toHaveLength(1)
  })

  it('tells at its start who came while no master ran, before anybody is let in, and no master tells it again', async () => {
    const people: People = { t1: ada }
    await using scene = await peopleRig(people)
    await scene.rig.master.stop()
    people['t2'] = { name: 'eve', role: 'admin' }
    const second = await scene.rig.start()
    const expected = ['machine personCreated person/ada done', 'machine personCreated person/eve done']
    expect(await scene.audit(second.operations)).toEqual(expected)
    await second.master.stop()
    const third = await scene.rig.start()
    expect(await scene.audit(third.operations)).toEqual(expected)
    await third.master.stop()
  })
})
