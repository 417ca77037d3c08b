import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@piccolo/testing'
import { expect, it, onTestFinished, vi } from 'vitest'
import { vouchForClock } from '../src/daemon/vouch-for-clock.js'

async function vouching() {
  const folder = await mkdtemp(join(tmpdir(), 'piccolo-clock-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const mark = join(folder, 'timesync', 'synchronized')
  const told = { vouched: 0, wallMs: 0, looks: 0 }
  const start = () => {
    const cancel = vouchForClock({
      mark, logger: silentLogger,
      clockIsRight: () => { told.vouched += 1 },
      nowMs: () => { told.looks += 1; return performance.now() + told.wallMs },
    })
    onTestFinished(cancel)
    return cancel
  }
  return { mark, folder, told, start }
}

it('vouches for the clock when the time service says so for the first time, even if its folder was not there', async () => {
  const { mark, told, start } = await vouching()
  start()
  expect(told.vouched).toBe(0)
  await mkdir(join(mark, '..'))
  await writeFile(mark, '')
  await vi.waitFor(() => { expect(told.vouched).toBe(1) })
})

it('vouches at once for a clock that was set before', async () => {
  const { mark, told, start } = await vouching()
  await mkdir(join(mark, '..'))
  await writeFile(mark, '')
  start()
  expect(told.vouched).toBe(1)
})

it('says nothing of a clock that went on evenly, and vouches again when it was set', async () => {
  const { mark, told, start } = await vouching()
  await mkdir(join(mark, '..'))
  await writeFile(mark, '')
  start()
  const touch = async (): Promise<void> => {
    const before = told.looks
    await utimes(mark, new Date(), new Date())
    await vi.waitFor(() => { expect(told.looks).toBeGreaterThan(before) })
  }
  await touch()
  expect(told.vouched).toBe(1)
  told.wallMs = 3_600_000
  await touch()
  expect(told.vouched).toBe(2)
})

it('hears nothing more once it is cancelled', async () => {
  const { mark, told, start } = await vouching()
  start()()
  await mkdir(join(mark, '..'))
  await writeFile(mark, '')
  expect(told.vouched).toBe(0)
})
