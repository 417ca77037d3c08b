import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test, vi } from 'vitest'
import { diskSuite, registerSuite } from '@piccolo/conformance'
import { systemDisk } from '@piccolo/core/system'

/** Volatile areas go where the test can remove them. */
const memory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'piccolo-test-'))
vi.stubEnv('XDG_RUNTIME_DIR', memory)
afterAll(() => {
  rmSync(memory, { recursive: true })
})

describe('systemDisk', () => {
  registerSuite(diskSuite, test, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'piccolo-disk-'))
    return {
      subject: { disk: systemDisk(directory), restarted: () => systemDisk(directory) },
      dispose: () => rm(directory, { recursive: true }),
    }
  })
})
