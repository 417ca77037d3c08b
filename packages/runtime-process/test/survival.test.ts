import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ContainerRuntime, RuntimeEvent } from '@piccolo/core/spi'
import { isAlive, killGroup } from '../../../tooling/vitest/processes.js'
import { builtAgent, killAgent, startAgent } from './support/agent-process.js'
import { never, scene, script, until, untilExited, type Scene } from './support/scene.js'

let stage: Scene
let runtime: ContainerRuntime

beforeEach(async () => {
  stage = scene()
  runtime = await stage.opened()
})

afterEach(async () => {
  await stage.dispose()
})

/** What the supervisor wrote of the latest run: run, boot id, supervisor, command. */
function started(id: string): { readonly lines: readonly string[]; readonly supervisor: number; readonly command: number; rewrite(lines: readonly string[]): void } {
  const file = join(stage.directory, 'test@one', id, 'run/started')
  const lines = readFileSync(file, 'utf8').split('\n')
  return { lines, supervisor: Number.parseInt(lines[2] ?? '', 10), command: Number.parseInt(lines[3] ?? '', 10), rewrite: (changed) => writeFileSync(file, changed.join('\n')) }
}

async function running(text = 'exec sleep 1000'): Promise<string> {
  const id = await runtime.create(script(text), never)
  await runtime.start(id, never)
  return id
}

describe('kill -9 of the agent', () => {
  let folder: string
  let program: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'piccolo-process-agent-'))
    program = await builtAgent(folder)
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  test('containers run on as the same processes, and their end is seen by the next agent', async () => {
    const gate = join(folder, 'gate')
    const { id, agent } = await startAgent(program, stage.directory, `mkfifo ${gate}; read -r code <${gate}; exit $code`)
    const before = await runtime.inspect(id, never)
    await killAgent(agent)
    expect(await runtime.list(never)).toEqual([before])
    expect(before).toMatchObject({ phase: 'running' })
    expect(isAlive(before?.pid ?? 0)).toBe(true)

    const controller = new AbortController()
    const heard: RuntimeEvent[] = []
    const watching = (async () => {
      for await (const event of runtime.watch(controller.signal)) heard.push(event)
    })()
    await until('a resync', () => heard[0])
    const openGate = await until('the gate', () => (spawnSync('test', ['-p', gate]).status === 0 ? () => writeFileSync(gate, '42\n') : undefined))
    openGate()
    const end = await until('the end', () => heard.find((event) => event.type === 'changed' && event.container.phase === 'exited'))
    expect(end).toMatchObject({ container: { id, exitCode: 42 } })
    controller.abort()
    await watching
  })

  test('an end that nobody was there to see is known with its code and its time', async () => {
    const mark = join(folder, 'mark')
    const { id, agent } = await startAgent(program, stage.directory, `while ! test -e ${mark}; do sleep 0.05; done; exit 5`)
    await killAgent(agent)
    const beforeMs = Date.now()
    writeFileSync(mark, '')
    const supervisor = started(id).supervisor
    await until('the supervisor ends', () => (isAlive(supervisor) ? undefined : true))
    const state = (await runtime.list(never))[0]
    expect(state).toMatchObject({ id, phase: 'exited', exitCode: 5 })
    expect(state?.exitedAtMs).toBeGreaterThanOrEqual(beforeMs - 20)
    expect(state?.exitedAtMs).toBeLessThanOrEqual(Date.now() + 20)
  })

  test('an agent killed before it let the supervisor go leaves nothing running', async () => {
    const id = await runtime.create(script('exec sleep 1000'), never)
    const child = spawn('/bin/sh', ['run/supervisor', 'name', '/usr/bin/setsid', '1', '1', 'run', 'boot', 'empty'], { cwd: join(stage.directory, 'test@one', id), stdio: ['pipe', 'ignore', 'ignore'] })
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.stdin.end()
    await ended
    expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'created' })
  })
})

test('after another boot everything has ended, and no process is touched that has an old number', async () => {
  const id = await running()
  const { lines, command, supervisor, rewrite } = started(id)
  rewrite(lines.map((line, index) => (index === 1 ? 'another-boot' : line)))
  expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'exited', exitCode: 137 })
  await runtime.stop(id, { graceMs: 0 }, never)
  await runtime.kill(id, never)
  await runtime.remove(id, never)
  expect([isAlive(command), isAlive(supervisor)]).toEqual([true, true])
  killGroup(command)
  killGroup(supervisor)
})

test('a process that got the number of an ended one is not taken for it, and not touched', async () => {
  const id = await running()
  const { lines, command, supervisor, rewrite } = started(id)
  rewrite(lines.map((line, index) => (index >= 2 ? line.replace(/ .+/, ' 1') : line)))
  expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'exited', exitCode: 137 })
  await runtime.kill(id, never)
  await runtime.remove(id, never)
  expect([isAlive(command), isAlive(supervisor)]).toEqual([true, true])
  killGroup(command)
  killGroup(supervisor)
})

test('runs again after another boot, under its old id', async () => {
  const id = await running()
  const { lines, command, supervisor, rewrite } = started(id)
  killGroup(supervisor)
  killGroup(command)
  await until('both end', () => (isAlive(command) || isAlive(supervisor) ? undefined : true))
  rewrite(lines.map((line, index) => (index === 1 ? 'another-boot' : line)))
  await runtime.start(id, never)
  const state = await runtime.inspect(id, never)
  expect(state).toMatchObject({ id, phase: 'running' })
  expect(state?.pid).not.toBe(command)
})

test('a container whose supervisor was killed runs on, is reported by health, and can be stopped', async () => {
  const id = await running()
  const { supervisor } = started(id)
  killGroup(supervisor)
  await until('the supervisor ends', () => (isAlive(supervisor) ? undefined : true))
  expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'running' })
  expect((await runtime.health(never)).reasons.join()).toContain('w_main')
  await runtime.stop(id, { graceMs: 5_000 }, never)
  expect(await untilExited(runtime, id)).toMatchObject({ exitCode: 137 })
})

test('what a killed agent left half-made is gone after the next start, and was never seen', async () => {
  const half = join(stage.directory, 'test@one', '.new-half')
  spawnSync('mkdir', ['-p', `${half}/run`])
  expect(await runtime.list(never)).toEqual([])
  const again = await stage.opened()
  expect(spawnSync('ls', ['-A', join(stage.directory, 'test@one')]).stdout.toString()).toBe('')
  await again.close()
})
