import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { findControlGroups } from '../src/board/control-groups.js'
import { never, scene, script, untilExited, type Scene } from './support/scene.js'

let stage: Scene

beforeEach(() => {
  stage = scene()
})

afterEach(async () => {
  await stage.dispose()
})

const limited = { limits: { memoryBytes: 32 * 1024 ** 2, cpuCores: 0.5 } }

test('limits that can not be had are refused where they are required, with what to do', async () => {
  const runtime = await stage.opened({ cgroupRoot: join(stage.directory, 'none'), limits: 'require' })
  expect(runtime.capabilities.limits).toEqual({ cpu: false, memory: false })
  await expect(runtime.create(script('true', limited), never)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringMatching(/memory, cpu.*as root/) as string })
  await runtime.create(script('true'), never)
})

test('limits that can not be had are warned about otherwise, in the log and in health', async () => {
  const runtime = await stage.opened({ cgroupRoot: join(stage.directory, 'none') })
  const id = await runtime.create(script('true', limited), never)
  expect(stage.warnings).toEqual([{ container: 'w_main', limits: ['memory', 'cpu'] }])
  expect((await runtime.health(never)).reasons).toEqual([expect.stringMatching(/memory and cpu are not enforced/)])
  await runtime.start(id, never)
  expect(await untilExited(runtime, id)).toMatchObject({ exitCode: 0 })
})

test('version 2: hands the controllers down and writes what they take', async () => {
  const root = join(stage.directory, 'cgroup')
  mkdirSync(root)
  for (const [name, text] of [['cgroup.controllers', 'cpuset cpu io memory pids\n'], ['cgroup.procs', ''], ['cgroup.subtree_control', '']] as const) writeFileSync(join(root, name), text)
  const groups = findControlGroups(root)
  expect(groups).toMatchObject({ version: 2, enforces: { cpu: true, memory: true } })
  await groups?.prepare('id', limited.limits)
  await groups?.join('id', 4242)
  const written = (name: string): string => readFileSync(join(root, name), 'utf8')
  expect([written('piccolo/id/memory.max'), written('piccolo/id/cpu.max'), written('piccolo/id/cgroup.procs')]).toEqual(['33554432', '50000 100000', '4242'])
  expect([written('cgroup.subtree_control'), written('piccolo/cgroup.subtree_control')]).toEqual(['+memory', '+memory'])
  expect(groups?.outOfMemory('id')).toBe(false)
  writeFileSync(join(root, 'piccolo/id/memory.events'), 'low 0\noom 3\noom_kill 1\n')
  expect(groups?.outOfMemory('id')).toBe(true)
})

test('version 2 without the controllers enforces nothing', () => {
  const root = join(stage.directory, 'cgroup')
  mkdirSync(root)
  for (const [name, text] of [['cgroup.controllers', 'pids\n'], ['cgroup.procs', '']] as const) writeFileSync(join(root, name), text)
  expect(findControlGroups(root)).toMatchObject({ enforces: { cpu: false, memory: false } })
})

describe('the groups above the containers', () => {
  const versionOne = (): string => {
    const root = join(stage.directory, 'cgroup')
    for (const controller of ['cpu', 'memory']) {
      mkdirSync(join(root, controller), { recursive: true })
      writeFileSync(join(root, controller, 'cgroup.procs'), '')
    }
    return root
  }
  const parents = (root: string): boolean[] => ['cpu', 'memory'].map((controller) => existsSync(join(root, controller, 'piccolo')))

  test('go with the last container in them, not before', async () => {
    const root = versionOne()
    const groups = findControlGroups(root)
    await groups?.prepare('one', {})
    await groups?.prepare('two', {})
    await groups?.remove('one')
    expect(parents(root)).toEqual([true, true])
    await groups?.remove('two')
    expect(parents(root)).toEqual([false, false])
    await groups?.remove('two')
  })

  test('are made again by whoever needs them while another agent takes them away', async () => {
    const root = versionOne()
    const agents = [findControlGroups(root), findControlGroups(root), findControlGroups(root)]
    await Promise.all(agents.map(async (groups, agent) => {
      for (let round = 0; round < 50; round += 1) {
        const id = `${String(agent)}-${String(round)}`
        await groups?.prepare(id, {})
        expect(existsSync(join(root, 'cpu/piccolo', id)) && existsSync(join(root, 'memory/piccolo', id))).toBe(true)
        await groups?.remove(id)
      }
    }))
    expect(parents(root)).toEqual([false, false])
  })
})

describeWith({ root: true, linux: true }, 'on this machine', () => {
  test('a container over its memory limit is killed, and said to have been', async () => {
    const runtime = await stage.opened({ limits: 'require' })
    expect(runtime.capabilities.limits).toEqual({ cpu: true, memory: true })
    const id = await runtime.create(script('exec tail /dev/zero', limited), never)
    await runtime.start(id, never)
    expect(await untilExited(runtime, id)).toMatchObject({ exitCode: 137, oomKilled: true })
    await runtime.start(id, never)
    await runtime.kill(id, never)
    await runtime.remove(id, never)
    expect(stage.warnings).toEqual([])
  })
})
