import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ContainerRuntime, ContainerSpec } from '@piccolo/core/spi'
import { discardPodman, podmanConfiguration } from '@piccolo/runtime-podman'
import { killProcess } from '../../../tooling/vitest/processes.js'
import { servicePids } from './support/board.js'
import { containerSpec } from './support/specs.js'
import { image, testEngine, type TestEngine } from './support/test-engine.js'
import { phaseOf, watcher } from './support/watcher.js'

const never = new AbortController().signal
const sleeper = { command: ['sleep', '100000'] } as const

describe('Podman', () => {
  let engine: TestEngine
  let runtime: ContainerRuntime
  beforeAll(async () => { engine = await testEngine() })
  afterAll(async () => { await engine.dispose() })
  beforeEach(async () => {
    runtime = engine.runtime()
    await runtime.open(never)
  })
  afterEach(async () => {
    await runtime.close()
    await engine.clear()
  })

  const run = async (overrides: Partial<ContainerSpec>): Promise<string> => {
    const id = await runtime.create(containerSpec({ name: 'web_main', ...overrides }), never)
    await runtime.start(id, never)
    return id
  }
  describe('tells what happens', () => {
    test('an exit is told within 40 ms in the median, with the code', async () => {
      const watch = await watcher(runtime)
      const latencies: number[] = []
      for (let round = 0; round < 11; round += 1) {
        const id = await run({ ...sleeper, name: `round-${round}` })
        const pid = (await runtime.inspect(id, never))?.pid ?? 0
        const told = watch.next(phaseOf(id, 'exited'))
        const killedMs = performance.now()
        killProcess(pid)
        const { event, atMs } = await told
        expect(event).toMatchObject({ container: { exitCode: 137 } })
        latencies.push(atMs - killedMs)
      }
      expect(latencies.sort((a, b) => a - b)[5]).toBeLessThan(40)
      await watch.stop()
    })

    test('W5: an image that a person loads or tags is told', async () => {
      const watch = await watcher(runtime)
      const images = (event: { readonly type: string }): boolean => event.type === 'images'
      const loaded = watch.next(images)
      await engine.podman('load', '--quiet', '--input', engine.archive)
      await loaded
      const tagged = watch.next(images)
      await engine.podman('tag', image, 'localhost/piccolo/other:1')
      await tagged
      await engine.podman('untag', image, 'localhost/piccolo/other:1')
      await watch.stop()
    })

    test('W7: what a person does by hand to a container is told, and what they do to others is not', async () => {
      const watch = await watcher(runtime)
      const id = await run(sleeper)
      await vi.waitFor(() => expect(watch.events.some(phaseOf(id, 'running'))).toBe(true), { timeout: 10_000 })
      const paused = watch.next(phaseOf(id, 'paused'))
      await engine.podman('pause', id)
      await paused
      const running = watch.next(phaseOf(id, 'running'))
      await engine.podman('unpause', id)
      await running
      await engine.podman('run', '--rm', '--network', 'host', image, 'true')
      const removed = watch.next((event) => event.type === 'removed')
      await engine.podman('rm', '--force', '--time', '0', id)
      expect((await removed).event).toEqual({ type: 'removed', id, workload: 'web', container: 'main' })
      const created = watch.next((event) => event.type === 'changed' && event.container.name === 'by-hand')
      const labels = { cluster: 'test', node: 'one', workload: 'w', container: 'c', spec: 's' }
      await engine.podman('create', '--name', 'by-hand', ...Object.entries(labels).flatMap(([key, value]) => ['--label', `io.piccolo.${key}=${value}`]), image, 'true')
      await created
      expect(new Set(watch.events.flatMap((event) => (event.type === 'changed' ? [event.container.name] : [])))).toEqual(new Set(['web_main', 'by-hand']))
      await watch.stop()
    })

    test('a container restarted the moment it ends is not mistaken for an ended one', async () => {
      const watch = await watcher(runtime)
      const id = await run(sleeper)
      for (let round = 0; round < 10; round += 1) {
        const pid = (await runtime.inspect(id, never))?.pid ?? 0
        const exited = watch.next(phaseOf(id, 'exited'))
        killProcess(pid)
        await exited
        const running = watch.next(phaseOf(id, 'running'))
        await runtime.start(id, never)
        await running
        expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'running' })
      }
      await vi.waitFor(() => expect(watch.events.at(-1)).toMatchObject({ container: { phase: 'running' } }))
      await watch.stop()
    })

    test('W7: the Podman service may be killed at any time', async () => {
      const watch = await watcher(runtime)
      const id = await run(sleeper)
      for (let round = 0; round < 5; round += 1) {
        for (const pid of await servicePids(engine.directory)) killProcess(pid)
        const told = watch.next(phaseOf(id, 'exited'))
        killProcess((await runtime.inspect(id, never))?.pid ?? 0)
        await told
        await runtime.start(id, never)
      }
      expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'running' })
      await watch.stop()
    })

    test('a log that does not tell what was done is found out, and `podman events` is followed instead', async () => {
      const conf = join(engine.directory, 'containers.conf')
      const other = join(engine.directory, 'no-log.conf')
      await writeFile(other, (await readFile(conf, 'utf8')).replace('events_logger = "file"', `events_logger = "file"\nevents_logfile_path = "${join(engine.directory, 'elsewhere.log')}"`))
      await runtime.close()
      runtime = engine.runtime({}, { containersConf: other })
      await runtime.open(never)
      const watch = await watcher(runtime)
      const running = watch.next((event) => event.type === 'changed' && event.container.phase === 'running')
      const id = await run(sleeper)
      await running
      const removed = watch.next((event) => event.type === 'removed')
      await runtime.remove(id, never)
      await removed
      await watch.stop()
    })
  })

  test('remove leaves no process behind, even of a container whose stop was given up', async () => {
    const id = await run({ command: ['sh', '-c', 'trap "" TERM; while :; do sleep 100000; done'] })
    const pid = (await runtime.inspect(id, never))?.pid ?? 0
    const given = new AbortController()
    const stopping = runtime.stop(id, { graceMs: 3_600_000 }, given.signal)
    await vi.waitFor(async () => expect(JSON.parse(await engine.podman('inspect', '--format', '{{json .State.Status}}', id))).toBe('stopping'), { timeout: 10_000 })
    given.abort()
    await expect(stopping).rejects.toMatchObject({ code: 'aborted' })
    await runtime.remove(id, never)
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 5_000 })
  })

  test('A1: a pod whose every process was killed goes at once, though nobody has waited for the corpses yet', async () => {
    const podId = await runtime.pods?.create({ name: 'shop', workload: 'shop', specDigest: 'd', network: 'host', hostIpc: false, ports: [] }, never) ?? ''
    await run({ ...sleeper, name: 'shop_web', workload: 'shop', podId })
    const ids = (await engine.podman('ps', '--quiet', '--no-trunc', '--filter', `pod=${podId}`)).split('\n')
    expect(ids).toHaveLength(2)
    const pids = (await engine.podman('inspect', '--format', '{{.State.ConmonPid}} {{.State.Pid}}', ...ids)).split(/\s/).map(Number)
    for (const pid of pids) killProcess(pid)
    const killedMs = performance.now()
    expect(await runtime.pods?.list(never)).toEqual([{ id: podId, workload: 'shop', specDigest: '' }])
    await runtime.pods?.remove(podId, never)
    expect(performance.now() - killedMs).toBeLessThan(4_000)
    expect(await runtime.pods?.list(never)).toEqual([])
    expect(await runtime.list(never)).toEqual([])
  })

  test('nothing of ours runs once nothing is asked, and a watch still hears', async () => {
    const quick = engine.runtime({}, { serviceIdleSeconds: 2 })
    await runtime.close()
    runtime = quick
    await quick.open(never)
    const watch = await watcher(quick)
    const id = await run(sleeper)
    const pid = (await quick.inspect(id, never))?.pid ?? 0
    expect(await servicePids(engine.directory)).not.toEqual([])
    await vi.waitFor(async () => expect(await servicePids(engine.directory)).toEqual([]), { timeout: 10_000, interval: 100 })
    const told = watch.next(phaseOf(id, 'exited'))
    killProcess(pid)
    await told
    await watch.stop()
  })

  describe('refuses with what to do', () => {
    test('W5: a missing image, a taken port, a missing mount, a missing command', async () => {
      const server = createServer().listen(0)
      await new Promise((resolve) => server.once('listening', resolve))
      const address = server.address()
      const hostPort = typeof address === 'object' && address !== null ? address.port : 0
      try {
        await expect(run({ image: 'localhost/nowhere:1' })).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('load it') })
        await expect(run({ name: 'p', network: 'private', ports: [{ containerPort: 80, hostPort, protocol: 'tcp' }] })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('hostPort') })
        await expect(run({ name: 'm', mounts: [{ source: '/nowhere/at/all', target: '/x', readOnly: true }] })).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('volume') })
        await expect(run({ name: 'c', command: ['nothing-like-it'] })).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('command') })
      } finally {
        server.close()
      }
    })

    test('W5: a pull from a registry that is not there can be tried again, one of a wrong name can\'t', async () => {
      await expect(runtime.images?.pull('localhost:1/none/none:1', never)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
      await expect(runtime.images?.pull('UPPER/case:1', never)).rejects.toMatchObject({ code: 'not-found', retryable: false })
    })

    test('B1: a machine without Podman, and is ready when it is mended', async () => {
      const binary = join(engine.directory, 'bin', 'podman')
      const absent = engine.runtime({}, { binary })
      await expect(absent.open(never)).rejects.toMatchObject({ code: 'unavailable' })
      expect(await absent.health(never)).toEqual({ ready: false, reasons: [expect.stringContaining('install Podman')] })
      await mkdir(join(engine.directory, 'bin'), { recursive: true })
      await writeFile(binary, '#!/bin/sh\nexec podman "$@"\n', { mode: 0o755 })
      expect(await absent.health(never)).toMatchObject({ ready: true, reasons: [], version: expect.stringMatching(/^podman \d/), rootless: process.getuid?.() !== 0 })
      await absent.close()
    })

    test('a full disk', async () => {
      const small = join(engine.directory, 'small')
      await mkdir(small)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
      try {
        const full = engine.runtime({}, { ...(await podmanConfiguration({ directory: small })), socketDirectory: join(engine.directory, 'full') })
        await full.open(never)
        await expect(full.images?.load(engine.archive, never)).rejects.toMatchObject({ code: 'resource-exhausted', message: expect.stringContaining('disk is full') })
        await full.close()
        await vi.waitFor(async () => expect(await servicePids(small)).toEqual([]), { timeout: 10_000 })
      } finally {
        execFileSync('sh', ['-c', `umount ${small}/root/overlay 2>/dev/null; umount ${small}`])
      }
    })
  })

  test('an instance of its own is taken away with all that runs in it, and a second time does nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pcl-podman-'))
    const own = engine.runtime({}, await podmanConfiguration({ directory }))
    await own.open(never)
    await own.images?.load(engine.archive, never)
    const id = await own.create(containerSpec({ image, ...sleeper }), never)
    await own.start(id, never)
    const pid = (await own.inspect(id, never))?.pid ?? 0
    await own.close()
    await discardPodman({ directory })
    expect(existsSync(directory)).toBe(false)
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    await discardPodman({ directory })
  })
})
