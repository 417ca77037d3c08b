import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { volatileFolder } from '../../src/system/volatile-folder.js'

let directory: string

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'piccolo-volatile-')))
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

test('lies inside the directory where the machine has no memory-backed folder', () => {
  const folder = volatileFolder(directory, ['/absent', directory])
  expect(dirname(folder)).toBe(directory)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(volatileFolder(directory, [])).toBe(folder)
})

test('removes what an earlier boot left', () => {
  const earlier = join(directory, '.piccolo-volatile-1c0ffee1-0000')
  mkdirSync(earlier)
  volatileFolder(directory, [])
  expect(existsSync(earlier)).toBe(false)
  expect(readdirSync(directory)).toHaveLength(1)
})

describeWith({ linux: true }, 'in memory', () => {
  let memory: string

  beforeEach(() => {
    memory = mkdtempSync('/dev/shm/piccolo-volatile-')
  })

  afterEach(() => {
    rmSync(memory, { recursive: true })
  })

  test('is private to the user, and to the directory', () => {
    const folder = volatileFolder(directory, ['/absent', memory])
    expect(folder.startsWith(`${memory}/piccolo-`)).toBe(true)
    expect(statSync(dirname(folder)).mode & 0o777).toBe(0o700)
    expect(readdirSync(directory)).toEqual([])
    expect(volatileFolder(join(directory, 'other'), [memory])).not.toBe(folder)
  })

  test('passes over a folder that others can write to', () => {
    const shared = dirname(volatileFolder(directory, [memory]))
    chmodSync(shared, 0o777)
    expect(dirname(volatileFolder(directory, [memory]))).toBe(directory)
  })
})
