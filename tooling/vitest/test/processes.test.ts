import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isAlive, killGroup, killProcess } from '../processes.js'

test.each([0, 1, -1, -77, NaN, 2.5])('%s is never killed: to the kernel it is everybody, or this very test run', (pid) => {
  expect(() => killProcess(pid)).toThrow('no process that a test may kill')
  expect(() => killGroup(pid)).toThrow('no process that a test may kill')
})

test.each([['a process', killProcess, false], ['a group', killGroup, true]] as const)('%s is killed, and was there only once', async (_, kill, detached) => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore', detached })
  await once(child, 'spawn')
  const exited = once(child, 'exit')
  expect(isAlive(child.pid ?? 0)).toBe(true)
  expect(kill(child.pid ?? 0)).toBe(true)
  expect(await exited).toEqual([null, 'SIGKILL'])
  expect(isAlive(child.pid ?? 0)).toBe(false)
  expect(kill(child.pid ?? 0)).toBe(false)
})
