import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResourceProbe } from '@piccolo/core/spi'
import { systemClock, systemProbe, systemRandom } from '@piccolo/core/system'

const never = new AbortController().signal
const none = (): void => undefined
const context = { clock: systemClock, random: systemRandom, logger: { debug: none, info: none, warn: none, error: none } }
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'piccolo-probe-'))
})

afterEach(async () => {
  await rm(root, { recursive: true })
})

async function board(files: Readonly<Record<string, string>>): Promise<ResourceProbe> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return systemProbe({ root })(context)
}

test('tells what the board is', async () => {
  const probe = await board({
    'proc/meminfo': 'MemTotal:        1024 kB\nMemFree:          100 kB\nMemAvailable:     512 kB\n',
    'proc/loadavg': '0.75 0.50 0.25 1/100 4242\n',
    'proc/sys/kernel/hostname': 'board-7\n',
    'proc/sys/kernel/osrelease': '6.1.0-rt\n',
    'proc/sys/kernel/random/boot_id': '3a0c\n',
    'etc/os-release': 'NAME="Yocto"\nPRETTY_NAME="Yocto 5.0 \'Scarthgap\'"\nVERSION_ID=5\n',
    'sys/fs/cgroup/cgroup.controllers': 'cpu memory\n',
  })
  expect(await probe.facts(never)).toMatchObject({
    hostname: 'board-7', kernel: '6.1.0-rt', os: "Yocto 5.0 'Scarthgap'", memoryBytes: 1024 * 1024, cgroupVersion: 2, bootId: '3a0c', runtime: 'none',
  })
  expect((await probe.facts(never)).diskBytes).toBeGreaterThan(0)
  expect(await probe.read(never)).toMatchObject({ memoryTotalBytes: 1024 * 1024, memoryAvailableBytes: 512 * 1024, load1: 0.75 })
})

test('tells cgroups of version 1 from version 2 mounted beside them', async () => {
  const probe = await board({ 'sys/fs/cgroup/memory/tasks': '', 'sys/fs/cgroup/unified/cgroup.controllers': '' })
  expect((await probe.facts(never)).cgroupVersion).toBe(1)
})

test('answers all the same where the files are missing', async () => {
  const probe = await board({})
  const facts = await probe.facts(never)
  expect(facts.cgroupVersion).toBe(0)
  expect(facts.hostname).not.toBe('')
  expect(facts.cpuCores).toBeGreaterThan(0)
  expect(facts.memoryBytes).toBeGreaterThan(0)
  const reading = await probe.read(never)
  expect(reading.memoryAvailableBytes).toBeLessThanOrEqual(reading.memoryTotalBytes)
})

test('refuses an aborted signal', async () => {
  const probe = await board({})
  await expect(probe.facts(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
  await expect(probe.read(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
})
