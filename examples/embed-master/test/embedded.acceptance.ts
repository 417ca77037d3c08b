import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { processRuntime } from '@piccolo/runtime-process'
import { silentLogger } from '@piccolo/testing'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { startExample } from './program.js'

const manifest = fileURLToPath(new URL('../hello.yaml', import.meta.url))
const never = new AbortController().signal

/** Workloads outlive their agent: what the test started, it ends by the same means. */
async function endWorkloads(directory: string): Promise<void> {
  const scope = { cluster: 'line-7', node: 'front' }
  const runtime = processRuntime({ directory })({ clock: systemClock, random: systemRandom, logger: silentLogger, scope })
  await runtime.open(never)
  for (const { id } of await runtime.list(never)) await runtime.remove(id, never)
  await runtime.close()
}

describeWith({ linux: true }, 'the embedding examples', () => {
  test('a service that embeds a master and a program that embeds an agent make a cluster, and each ends in good order', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'piccolo-embed-'))
    onTestFinished(() => { rmSync(directory, { recursive: true }) })
    const house = ['--directory', join(directory, 'master'), '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']
    const master = startExample('embed-master', [...house, '--apply', manifest])
    const address = await master.saw(/^nodes dial (.+)$/)
    const token = await master.saw(/^front joins with (.+)$/)

    const board = join(directory, 'agent')
    onTestFinished(() => endWorkloads(join(board, 'processes')))
    const agent = startExample('embed-agent', ['--master', address, '--directory', board, '--token', token])
    await agent.saw(/^(looking after front)$/)
    expect(await master.saw(/^hello runs on (.+)$/)).toBe('front')

    expect(await agent.stop()).toBe(0)
    expect(await master.stop()).toBe(0)
  })
})
