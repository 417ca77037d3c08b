import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localCluster, type LocalCluster } from '../../src/demo/local-cluster.js'
import { processKit, type RuntimeKit } from '../../src/demo/runtime-kit.js'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { builtCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'
import { manifest, model } from './support/manifest.js'
import { startCommand } from './support/running-command.js'

const counting = 'n=0; while true; do n=$((n+1)); echo line $n; sleep 0.05; done'
const patience = { withinMs: 30_000 }

describeWith({ linux: true }, 'the log of a plain process', () => {
  let directory: string
  let local: LocalCluster
  let kit: RuntimeKit
  const startAgent = () => local.startAgent({ name: 'front', runtimeArguments: kit.arguments })
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pa-'))
    local = await localCluster({ directory, entry: builtCommand(), cluster: 'test' })
    kit = await processKit(local.agentDirectory('front'))
    await startAgent()
    const { name, text } = manifest('count', [model('count', 'front', { script: counting })])
    await local.client.apply([{ name, text }])
  })
  afterAll(async () => {
    await local?.stop()
    await kit?.clean({ cluster: 'test', node: 'front' })
    await rm(directory, { recursive: true, force: true })
  })

  test('is followed on, none of its lines lost and none twice, over the end of the master and of the agent', async () => {
    await eventually('the count to run', async () => ((await local.client.workloads())[0]?.state === 'running' ? true : undefined), patience)
    const logs = startCommand(['--credential', local.credentialPath, 'logs', '-f', 'count'])
    const numbers = (): readonly number[] => [...logs.stdout().matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number))
    const goesOn = (what: string) => {
      const before = numbers().length
      return eventually(what, async () => (numbers().length > before + 5 ? true : undefined), patience)
    }
    await goesOn('the first lines')
    await local.restartMaster('kill')
    await goesOn('lines after the death of the master')
    await local.agent('front')?.kill()
    await startAgent()
    await goesOn('lines after the death of the agent')
    expect(numbers()).toEqual(Array.from({ length: numbers().length }, (_, index) => index + 1))
    expect(await logs.interrupt()).toBe(130)
  })
})
