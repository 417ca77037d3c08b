import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { forever, manifest, model } from './support/manifest.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'

const condition = { express: 'ge', value: '100', operands: { type: 'DDS', value: 'vehicle/speed', name: 'kmh' } }

describeWith({ podman: true, root: true, linux: true }, 'W8: a Scenario with a condition', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await testCluster(['front'])
  })
  afterAll(() => cluster?.dispose())

  const scenarioRow = async () => (await cluster.piccolo('get', 'scenarios')).stdout

  test('W8: waits, is satisfied by a signal that a person gives, and its containers run', async () => {
    const { name, text } = manifest('fast', [model('fast', 'front', { script: forever })])
    await cluster.apply({ name, text: text.replace('"condition": null', `"condition": ${JSON.stringify(condition)}`) })
    await eventually('it to wait', async () => expect(await scenarioRow()).toContain('nothing is known of it'))
    expect(await cluster.piccolo('signal', 'set', 'vehicle/speed#kmh=99')).toMatchObject({ code: 0, stdout: 'signal/vehicle/speed#kmh set to 99\n' })
    expect(await scenarioRow()).toMatch(/fast +waiting .*it is 99/)
    expect((await cluster.piccolo('get', 'signals')).stdout).toMatch(/vehicle\/speed#kmh +99 .*fast/)
    expect((await cluster.piccolo('signal', 'set', 'vehicle/speed#kmh=120')).code).toBe(0)
    await cluster.running('fast')
    expect(await scenarioRow()).toMatch(/fast +completed/)
    expect((await cluster.events()).filter(({ type }) => type === 'scenario-satisfied')).toMatchObject([{ message: 'Satisfied by vehicle/speed#kmh ge 100: launch fast.' }])
  })
})
