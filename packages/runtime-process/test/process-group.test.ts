import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ContainerRuntime } from '@piccolo/core/spi'
import { isAlive, killProcess } from '../../../tooling/vitest/processes.js'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { linesOf, never, scene, script, until, untilExited, type Scene } from './support/scene.js'

let stage: Scene
let runtime: ContainerRuntime

beforeEach(async () => {
  stage = scene()
  runtime = await stage.opened()
})

afterEach(async () => {
  await stage.dispose()
})

/** Starts a script that prints process ids, one a line, and waits for so many of them. */
async function printed(text: string, count: number, limits: { readonly memoryBytes?: number } = {}): Promise<{ readonly id: string; readonly pids: readonly number[] }> {
  const id = await runtime.create(script(text, { limits }), never)
  await runtime.start(id, never)
  const pids = await until('the process ids', async () => {
    const lines = await linesOf(runtime, id)
    return lines.length >= count ? lines.map(Number) : undefined
  })
  return { id, pids }
}

const gone = async (pids: readonly number[]): Promise<true> => await until(`${pids.join()} end`, () => (pids.some(isAlive) ? undefined : true))

test('stop asks the whole process group, not the first process alone', async () => {
  const { id, pids } = await printed('sleep 1000 & echo $!; sh -c "sleep 1000 & echo \\$!; wait" & wait', 2)
  await runtime.stop(id, { graceMs: 5_000 }, never)
  await gone(pids)
  expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'exited', exitCode: 143 })
})

test('what takes no notice is killed with the group after the grace', async () => {
  const { id, pids } = await printed('trap "" TERM; sh -c "echo \\$\\$; while :; do sleep 1000; done" & while :; do sleep 1000; done', 1)
  await runtime.stop(id, { graceMs: 100 }, never)
  await gone(pids)
  expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'exited', exitCode: 137 })
})

test('what a command leaves behind in its group ends with it', async () => {
  const { id, pids } = await printed('trap "" TERM HUP; sleep 1000 & echo $!; exit 3', 1)
  expect(await untilExited(runtime, id)).toMatchObject({ exitCode: 3 })
  await gone(pids)
})

describeWith({ root: true, linux: true }, 'a process that left the group', () => {
  test('ends with the container where limits hold it together', async () => {
    const { id, pids } = await printed('setsid sleep 1000 & sleep 0.1; pgrep -f "^sleep 1000$" -n; exec sleep 1000', 1, { memoryBytes: 64 * 1024 ** 2 })
    await runtime.remove(id, never)
    await gone(pids)
  })

  test('does not hold up the news of the end, nor the logs', async () => {
    const { id, pids } = await printed('setsid sleep 30 & echo $!; exit 4', 1)
    expect(await untilExited(runtime, id)).toMatchObject({ exitCode: 4 })
    expect(await linesOf(runtime, id)).toHaveLength(1)
    await runtime.remove(id, never)
    for (const pid of pids) killProcess(pid)
  })
})
