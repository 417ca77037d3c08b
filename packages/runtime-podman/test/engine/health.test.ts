import { expect, test } from 'vitest'
import { judge } from '../../src/engine/health.js'
import { engineInformation } from '../../src/engine/information.js'

const information = engineInformation({
  host: { cgroupVersion: 'v1', eventLogger: 'file', ociRuntime: { name: 'runc' }, security: { rootless: false } },
  version: { Version: '4.3.1' },
})
const calm = { hybridCgroups: true, quietWatch: true }

test('a sound engine is ready without remarks', () => {
  expect(judge(information, calm)).toEqual({ ready: true, version: 'podman 4.3.1', reasons: [], rootless: false, cgroupVersion: 1 })
})

test.each([
  ['too old', { ...information, version: '3.4.4' }, calm, false, /too old/],
  ['crun with hybrid cgroups', { ...information, ociRuntime: 'crun' }, calm, false, /runtime = "runc"/],
  ['no root under cgroup v1', { ...information, rootless: true }, calm, true, /cgroup v2/],
  ['events outside files', information, { ...calm, quietWatch: false }, true, /events_logger/],
])('%s is told', (_, found, machine, ready, reason) => {
  const health = judge(found, machine)
  expect(health.ready).toBe(ready)
  expect(health.reasons).toEqual([expect.stringMatching(reason)])
})

test('crun is fine where cgroups are not hybrid', () => {
  expect(judge({ ...information, ociRuntime: 'crun', cgroupVersion: 2 }, { ...calm, hybridCgroups: false }).reasons).toEqual([])
})
