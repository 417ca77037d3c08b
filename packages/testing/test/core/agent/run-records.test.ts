import type { JournalEntry } from '@piccolo/core/spi'
import { systemDigest } from '@piccolo/core/system'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { container, image, makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => {
  rig = await makeRig()
  await rig.start()
  await rig.master.want(workload('a'))
  await rig.settle()
})
afterEach(async () => { await rig.stop() })

const signal = new AbortController().signal
const restarts = (): number | undefined => rig.master.status('a')?.containers[0]?.restarts

/** What has happened, as often as it happened: a report that is sent again in another session is no second event. */
function happened(type: string): readonly JournalEntry[] {
  const entries = rig.master.of('report').flatMap((report) => report.entries).filter((entry) => entry.type === type)
  return [...new Map(entries.map((entry) => [JSON.stringify(entry.position), entry])).values()]
}

async function exit(exitCode: number): Promise<void> {
  rig.machine.exit('a_main', exitCode)
  await rig.settle()
}

async function crashAndRestart(): Promise<void> {
  await exit(1)
  await rig.clock.advance(300_000)
}

async function anotherLife(): Promise<void> {
  await rig.kill()
  await rig.start()
}

async function forgetFile(path: string): Promise<void> {
  await rig.disk.remove(path, signal)
  await rig.disk.sync('', signal)
}

describe('an end is told once', () => {
  test('though the agent dies while it waits to run the container again', async () => {
    await exit(1)
    await anotherLife()
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    expect(happened('container-exited')).toMatchObject([{ fields: { container: 'main', exitCode: 1 } }])
    expect(happened('container-restarted')).toHaveLength(1)
  })

  test('though the master has taken the journal of that life off its hands', async () => {
    await exit(1)
    await rig.kill()
    for (const name of await rig.disk.list('journal', signal)) await forgetFile(`journal/${name}`)
    await rig.start()
    expect(happened('container-exited')).toHaveLength(1)
  })

  test('though the agent dies before it could note more than the journal has', async () => {
    await exit(1)
    await rig.kill()
    await forgetFile('outcomes')
    await rig.start()
    expect(happened('container-exited')).toHaveLength(1)
  })

  test('though nobody was there to see it', async () => {
    await rig.kill()
    rig.machine.exit('a_main', 7)
    await rig.start()
    expect(happened('container-exited')).toMatchObject([{ fields: { exitCode: 7 } }])
    await anotherLife()
    await anotherLife()
    expect(happened('container-exited')).toHaveLength(1)
  })

  test('and each end of its own, though two follow each other with an agent\'s death between them', async () => {
    await exit(1)
    await rig.clock.advance(1_000)
    await rig.kill()
    rig.machine.exit('a_main', 2)
    await rig.start()
    expect(happened('container-exited').map(({ fields }) => fields['exitCode'])).toEqual([1, 2])
  })
})

describe('the count of restarts', () => {
  test('goes on over restarts of the agent', async () => {
    for (let times = 0; times < 3; times += 1) await crashAndRestart()
    expect(restarts()).toBe(3)
    await anotherLife()
    expect(restarts()).toBe(3)
    await anotherLife()
    await crashAndRestart()
    expect(restarts()).toBe(4)
  })

  test('goes on if the agent dies while it waits to run the container again', async () => {
    await crashAndRestart()
    await exit(1)
    await anotherLife()
    expect(rig.master.status('a')).toMatchObject({ state: 'running' })
    expect(restarts()).toBe(2)
  })

  test('goes on for a container that somebody removed', async () => {
    for (let times = 0; times < 2; times += 1) {
      rig.machine.removeByHand('a_main')
      await rig.settle()
    }
    expect(restarts()).toBe(2)
    await anotherLife()
    expect(restarts()).toBe(2)
    await rig.kill()
    rig.machine.removeByHand('a_main')
    await rig.start()
    expect(restarts()).toBe(3)
  })

  test('counts what a boot made necessary, once', async () => {
    await crashAndRestart()
    await rig.reboot()
    await rig.start()
    expect(restarts()).toBe(2)
    await anotherLife()
    expect(restarts()).toBe(2)
  })

  test('costs one small write a restart, whatever the way it ended', async () => {
    let writes = 0
    rig.disk.watch('outcomes', () => { writes += 1 })
    for (let times = 1; times <= 3; times += 1) {
      await crashAndRestart()
      expect(writes).toBe(times)
    }
    rig.machine.removeByHand('a_main')
    await rig.settle()
    expect(writes).toBe(4)
    expect((await rig.disk.read('outcomes', signal))?.length).toBeLessThan(600)
  })

  test('begins anew with another spec, and nothing is kept of a workload that is gone', async () => {
    await crashAndRestart()
    await rig.master.want(workload('a', { containers: [container({ args: ['v2'] })] }))
    await rig.settle()
    expect(restarts()).toBe(0)
    await crashAndRestart()
    await rig.master.want()
    await rig.settle()
    await rig.kill()
    expect(new TextDecoder().decode(await rig.disk.read('outcomes', signal))).not.toContain('"a"')
  })
})

describe('what an earlier release wrote', () => {
  test('a finished run is known from it', async () => {
    await rig.master.want(workload('job', { restartPolicy: 'OnFailure' }))
    await rig.settle()
    rig.machine.exit('job_main', 0)
    await rig.settle()
    const specDigest = rig.machine.containers().find(({ name }) => name === 'job_main')?.specDigest ?? ''
    await rig.kill()
    const text = JSON.stringify({ format: 1, workloads: { job: { [specDigest]: { exitCode: 0, oomKilled: false, atMs: 5 } } } })
    await rig.disk.replace('outcomes', new TextEncoder().encode(`${systemDigest.sha256(text)}\n${text}\n`), signal)
    rig.machine.removeByHand('job_main')
    rig.machine.behave(image, {})
    rig.machine.calls.length = 0
    await rig.start()
    expect(rig.machine.calls).toEqual([])
    expect(rig.master.status('job')).toMatchObject({ state: 'exited' })
  })
})
