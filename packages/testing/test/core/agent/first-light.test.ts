import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

test('an agent enrols, takes an assignment and reports it running', async () => {
  await rig.start()
  expect(rig.agent.nodeId).toBe('node-1')
  await rig.master.want(workload('web'))
  await rig.settle()
  expect(rig.machine.containers().map(({ name, phase }) => `${name} ${phase}`)).toEqual(['web_main running'])
  expect(rig.master.of('held').at(-1)?.version).toEqual(rig.master.version)
  expect(rig.master.status('web')).toMatchObject({ state: 'running', containers: [{ name: 'main', state: 'running' }] })
})
