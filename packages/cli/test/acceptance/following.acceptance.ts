import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { eventually } from './support/eventually.js'
import { manifest, model } from './support/manifest.js'
import { startCommand, type RunningCommand } from './support/running-command.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'

const counting = 'trap "exit 0" TERM; n=0; while true; do n=$((n+1)); echo line $n; sleep 0.05; done'
const patience = { withinMs: 30_000 }

describeWith({ podman: true, root: true, linux: true }, 'what is followed outlives the master', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await testCluster(['front'])
    await cluster.apply(manifest('count', [model('count', 'front', { script: counting })]))
    await cluster.running('count')
  })
  afterAll(() => cluster?.dispose())

  const follow = (...args: readonly string[]): RunningCommand => startCommand(['--credential', cluster.local.credentialPath, ...args])
  const said = (what: string, run: RunningCommand, text: string | RegExp) => eventually(what, async () => {
    expect(run.stdout() + run.stderr()).toMatch(text)
    return true
  }, patience)

  test('logs -f, events -f and get -w say so once, go on where they were, and end with 130 when interrupted', async () => {
    const logs = follow('logs', '-f', 'count')
    const events = follow('events', '-f', '-o', 'json')
    const picture = follow('get', 'workloads', '-w', '-o', 'json')
    const all = [logs, events, picture]
    await said('log lines', logs, /^line \d+$/m)
    await said('events', events, /^\{/m)
    await said('a picture', picture, /^\[/m)

    await cluster.local.stopMaster('kill')
    for (const run of all) await said('the loss to be told', run, 'Trying again until it is back')
    await cluster.local.startMaster()
    for (const run of all) await said('the return to be told', run, 'Connected again.')
    const before = numbers(logs).at(-1) ?? 0
    await eventually('the log to go on', async () => ((numbers(logs).at(-1) ?? 0) > before + 5 ? true : undefined), patience)
    await cluster.remove(manifest('count', [model('count', 'front', { script: counting })]))
    await said('the removal as an event', events, 'workload-removed')
    await said('an empty picture', picture, /^\[\]$/m)

    expect(numbers(logs)).toEqual(Array.from({ length: numbers(logs).length }, (_, index) => index + 1))
    const ids = events.stdout().trimEnd().split('\n').map((line) => (JSON.parse(line) as { readonly id: string }).id)
    expect(ids).toEqual((await cluster.events()).map(({ id }) => id))
    for (const run of all) expect(run.stderr().match(/piccolo: /g)?.length).toBe(2)
    expect(await logs.ended).toBe(0)
    expect(await Promise.all([events.interrupt(), picture.interrupt()])).toEqual([130, 130])
  })
})

function numbers(logs: RunningCommand): readonly number[] {
  return [...logs.stdout().matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number))
}
