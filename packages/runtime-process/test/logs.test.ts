import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ContainerRuntime } from '@piccolo/core/spi'
import { linesOf, never, scene, script, until, untilExited, type Scene } from './support/scene.js'

let stage: Scene
let runtime: ContainerRuntime

beforeEach(async () => {
  stage = scene()
  runtime = await stage.opened({ logBytes: 512 * 1024 })
})

afterEach(async () => {
  await stage.dispose()
})

async function ended(text: string): Promise<string> {
  const id = await runtime.create(script(text), never)
  await runtime.start(id, never)
  await untilExited(runtime, id)
  return id
}

function keptBytes(id: string): number {
  const folder = join(stage.directory, 'test@one', id, 'logs')
  return readdirSync(folder)
    .map((name) => statSync(join(folder, name)).size)
    .reduce((sum, size) => sum + size, 0)
}

test('keeps the latest output within its bound, with no line lost in between', async () => {
  const id = await ended('i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo "line number $i of many"; done')
  const lines = (await linesOf(runtime, id)).slice(1) // the oldest may be cut
  expect(keptBytes(id)).toBeLessThanOrEqual(512 * 1024)
  expect(lines.length).toBeGreaterThan(2_000)
  expect(lines.at(-1)).toBe('line number 20000 of many')
  const first = 20_000 - lines.length + 1
  expect(lines).toEqual(lines.map((_, index) => `line number ${first + index} of many`))
})

test('many short runs stay within the bound as well', async () => {
  const id = await runtime.create(script('head -c 60000 /dev/zero | tr "\\\\0" x; echo'), never)
  for (let round = 0; round < 12; round += 1) {
    await runtime.start(id, never)
    await untilExited(runtime, id)
    await linesOf(runtime, id) // waits for the last output
  }
  expect(keptBytes(id)).toBeLessThanOrEqual(512 * 1024)
})

test('goes on over several runs, and keeps a last line that nothing ended', async () => {
  const id = await ended('echo run; printf unfinished')
  expect(await linesOf(runtime, id)).toEqual(['run', 'unfinished'])
  await runtime.start(id, never)
  await untilExited(runtime, id)
  expect(await linesOf(runtime, id)).toEqual(['run', 'unfinishedrun', 'unfinished'])
})

test('the tail leaves room for errors and output alike', async () => {
  const id = await ended('for i in 1 2 3 4; do echo $i; echo $i >&2; done')
  expect(await linesOf(runtime, id, 3)).toEqual(['3', '4', '! 4'])
  expect(await linesOf(runtime, id, 6)).toEqual(['2', '3', '4', '! 2', '! 3', '! 4'])
  expect(await linesOf(runtime, id, 0)).toEqual([])
})

test('follows what is printed, over the change of files, to the end', async () => {
  const id = await runtime.create(script('i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); echo $i; done; sleep 0.2; echo last'), never)
  const seen: string[] = []
  const following = (async () => {
    for await (const { line } of runtime.logs?.read(id, { follow: true }, never) ?? []) seen.push(line)
  })()
  await runtime.start(id, never)
  await until('the first line', () => seen[0])
  await following
  expect(seen.at(-1)).toBe('last')
  expect(seen.slice(0, -1)).toEqual(Array.from({ length: 3_000 }, (_, index) => String(index + 1)).slice(-(seen.length - 1)))
})

test('a line without end is told in pieces', async () => {
  const id = await ended('head -c 100000 /dev/zero | tr "\\\\0" x; echo; echo after')
  const lines = await linesOf(runtime, id)
  expect(lines.map((line) => line.length)).toEqual([65_536, 100_000 - 65_536, 5])
})

test('a line keeps its position over readings, files and runs, and a later one has a greater one', async () => {
  const runs = 8
  // So much that a run is always kept, and several are not.
  const id = await runtime.create(script('i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); echo "größer $i, and some more text to fill the files with"; done; printf end'), never)
  const told = new Map<number, string>()
  const read = async (): Promise<void> => {
    let last = 0
    for await (const { line, position: { at } = { at: 0 } } of runtime.logs?.read(id, { follow: false }, never) ?? []) {
      expect(at).toBeGreaterThan(last)
      last = at
      if (!line.endsWith('with')) continue
      const before = told.get(at) ?? line
      expect(line.endsWith(before) || before.endsWith(line)).toBe(true) // the oldest may be cut
      told.set(at, line)
    }
  }
  for (let run = 0; run < runs; run += 1) {
    await runtime.start(id, never)
    await untilExited(runtime, id)
    await until('the whole output', async () => {
      await read()
      return told.size < (run + 1) * 1_000 ? undefined : true
    })
  }
  expect(told.size).toBe(runs * 1_000)
  expect(keptBytes(id)).toBeLessThanOrEqual(512 * 1024)
})

test('logs of what is not there are not-found', async () => {
  await expect(linesOf(runtime, 'f'.repeat(32))).rejects.toMatchObject({ code: 'not-found' })
})

test('logs of a runtime that is not open are failed-precondition', async () => {
  await expect(linesOf(stage.runtime(), 'f'.repeat(32))).rejects.toMatchObject({ code: 'failed-precondition' })
})
