import { execFileSync } from 'node:child_process'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { get } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ContainerRuntime, ContainerSpec } from '@piccolo/core/spi'
import { podmanConfiguration } from '@piccolo/runtime-podman'
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
  /** What a shell script prints in a container made like this. */
  const printed = async (script: string, overrides: Partial<ContainerSpec>): Promise<string[]> => {
    const id = await run({ command: ['/bin/sh', '-c'], args: [script], ...overrides })
    const lines: string[] = []
    for await (const { line } of runtime.logs?.read(id, { follow: true }, never) ?? []) lines.push(line)
    await runtime.remove(id, never)
    return lines
  }

  describe('makes a container as its spec says', () => {
    test('with environment, working directory, host name and user', async () => {
      expect(await printed('echo $GREETING; pwd; hostname; id -u; id -g', {
        env: [{ name: 'GREETING', value: 'good "day"' }], workingDir: '/tmp', hostname: 'web', network: 'private', security: { runAsUser: 1234, runAsGroup: 56 },
      })).toEqual(['good "day"', '/tmp', 'web', '1234', '56'])
    })

    test('with mounts, read-only ones too, and a read-only root', async () => {
      const directory = join(engine.directory, 'mounted')
      await mkdir(directory, { recursive: true })
      await writeFile(join(directory, 'page'), 'hello\n')
      const mounts = [{ source: directory, target: '/ro', readOnly: true }, { source: directory, target: '/rw', readOnly: false }]
      const script = 'cat /ro/page; touch /ro/no 2>/dev/null || echo refused; touch /rw/yes && echo written; touch /etc/no 2>/dev/null || echo refused'
      expect(await printed(script, { mounts, security: { readOnlyRootFilesystem: true } })).toEqual(['hello', 'refused', 'written', 'refused'])
      expect(await readdir(directory)).toContain('yes')
    })

    test('with limits that the kernel enforces', async () => {
      const script = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || { cat /sys/fs/cgroup/memory.max; head -c 5 /sys/fs/cgroup/cpu.max; }'
      expect(await printed(script, { limits: { memoryBytes: 64 * 1024 * 1024, cpuCores: 0.5 } })).toEqual([String(64 * 1024 * 1024), '50000'])
    })

    test('with capabilities given and taken, no new privileges, or all of them', async () => {
      const effective = 'while read key value; do case $key in CapEff:|NoNewPrivs:) echo $value;; esac; done < /proc/self/status'
      const some = { dropCapabilities: ['ALL'], addCapabilities: ['NET_ADMIN'], noNewPrivileges: true }
      expect(await printed(effective, { security: some })).toEqual(['0000000000001000', '1'])
      const [all] = await printed(effective, { security: { privileged: true } })
      expect(BigInt(`0x${all}`)).toBeGreaterThan(0xa80425fbn) // more than a container has by default
    })

    test('with the network and IPC of the board, or its own', async () => {
      const script = 'stat -L -c %i /proc/self/ns/net /proc/self/ns/ipc'
      const board = execFileSync('stat', ['-L', '-c', '%i', '/proc/self/ns/net', '/proc/self/ns/ipc'], { encoding: 'utf8' }).trim().split('\n')
      expect(await printed(script, { network: 'host', hostIpc: true })).toEqual(board)
      const own = await printed(script, { network: 'private' })
      expect(own[0]).not.toBe(board[0])
      expect(own[1]).not.toBe(board[1])
    })

    test('with ports that answer on the board', async () => {
      const hostPort = await freePort()
      await run({
        network: 'private', command: ['/bin/sh', '-c'], args: ['echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp'],
        ports: [{ containerPort: 80, hostPort, protocol: 'tcp' }],
      })
      await vi.waitFor(async () => expect(await fetched(`http://127.0.0.1:${hostPort}/`)).toBe('hello\n'), { timeout: 5_000 })
    })

    test('with labels that people and programs find it by', async () => {
      const id = await run({ ...sleeper, annotations: { 'io.pullpiri.annotations.package': 'shop' } })
      const [found] = JSON.parse(await engine.podman('inspect', id)) as [{ Config: { Labels: unknown; Annotations: unknown } }]
      expect(found.Config.Labels).toMatchObject({
        'io.piccolo.cluster': 'test', 'io.piccolo.node': 'one', 'io.piccolo.workload': 'web', 'io.piccolo.container': 'main',
        'io.piccolo.spec': 'digest', 'io.pullpiri.annotations.package': 'shop',
      })
      expect(found.Config.Annotations).toMatchObject({ 'io.pullpiri.annotations.package': 'shop' })
    })

    test('in a pod whose containers meet on one network, with the pod\'s ports', async () => {
      const hostPort = await freePort()
      const podId = await runtime.pods?.create({
        name: 'shop', workload: 'shop', specDigest: 'd', network: 'private', hostIpc: false, hostname: 'shop', ports: [{ containerPort: 80, hostPort, protocol: 'tcp' }],
      }, never) ?? ''
      await run({ name: 'shop_web', podId, network: 'private', command: ['/bin/sh', '-c'], args: ['echo shop > /tmp/index.html; exec httpd -f -p 80 -h /tmp'] })
      await vi.waitFor(async () => expect(await fetched(`http://127.0.0.1:${hostPort}/`)).toBe('shop\n'), { timeout: 5_000 })
      expect(await printed('wget -q -O - http://127.0.0.1/; hostname', { name: 'shop_peer', podId, network: 'private' })).toEqual(['shop', 'shop'])
      expect(await runtime.list(never)).toHaveLength(1) // the infra container is not shown
    })
  })

  describe('tells what happens', () => {
    test('an exit is told within 40 ms in the median, with the code', async () => {
      const watch = await watcher(runtime)
      const latencies: number[] = []
      for (let round = 0; round < 11; round += 1) {
        const id = await run({ ...sleeper, name: `round-${round}` })
        const pid = (await runtime.inspect(id, never))?.pid ?? 0
        const told = watch.next(phaseOf(id, 'exited'))
        const killedMs = performance.now()
        process.kill(pid, 'SIGKILL')
        const { event, atMs } = await told
        expect(event).toMatchObject({ container: { exitCode: 137 } })
        latencies.push(atMs - killedMs)
      }
      expect(latencies.sort((a, b) => a - b)[5]).toBeLessThan(40)
      await watch.stop()
    })

    test('W7: what a person does by hand to a container is told, and what they do to others is not', async () => {
      const watch = await watcher(runtime)
      const id = await run(sleeper)
      await watch.next(phaseOf(id, 'running'))
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
        process.kill(pid, 'SIGKILL')
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
        for (const pid of await servicePids(engine)) process.kill(pid, 'SIGKILL')
        const told = watch.next(phaseOf(id, 'exited'))
        process.kill((await runtime.inspect(id, never))?.pid ?? 0, 'SIGKILL')
        await told
        await runtime.start(id, never)
      }
      expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'running' })
      await watch.stop()
    })

    test('without files to watch, `podman events` tells, and health says so', async () => {
      const conf = join(engine.directory, 'containers.conf')
      const other = join(engine.directory, 'no-log.conf')
      await writeFile(other, (await readFile(conf, 'utf8')).replace('events_logger = "file"', `events_logger = "file"\nevents_logfile_path = "${join(engine.directory, 'elsewhere.log')}"`))
      await runtime.close()
      runtime = engine.runtime({}, { containersConf: other, directories: { ...directoriesOf(engine), tmpdir: join(engine.directory, 'tmp') } })
      await runtime.open(never)
      const watch = await watcher(runtime)
      const id = await run(sleeper)
      const told = watch.next(phaseOf(id, 'exited'))
      await runtime.kill(id, never)
      await told
      await watch.stop()
    })
  })

  test('nothing of ours runs once nothing is asked, and a watch still hears', async () => {
    const quick = engine.runtime({}, { serviceIdleSeconds: 2 })
    await runtime.close()
    runtime = quick
    await quick.open(never)
    const watch = await watcher(quick)
    const id = await run(sleeper)
    const pid = (await quick.inspect(id, never))?.pid ?? 0
    expect(await servicePids(engine)).toHaveLength(1)
    await vi.waitFor(async () => expect(await servicePids(engine)).toEqual([]), { timeout: 10_000, interval: 100 })
    const told = watch.next(phaseOf(id, 'exited'))
    process.kill(pid, 'SIGKILL')
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
        await vi.waitFor(async () => expect(await servicePids(engine, small)).toEqual([]), { timeout: 10_000 })
      } finally {
        execFileSync('sh', ['-c', `umount ${small}/root/overlay 2>/dev/null; umount ${small}`])
      }
    })
  })
})

function directoriesOf(engine: TestEngine): { root: string; runroot: string } {
  return { root: join(engine.directory, 'root'), runroot: join(engine.directory, 'runroot') }
}

/** Services of this engine alone: by the socket directory on their command lines. */
async function servicePids(engine: TestEngine, under: string = engine.directory): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (line.includes('system\0service') && line.includes(under)) found.push(Number(entry))
  }
  return found
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

function fetched(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => resolve(text))
    }).on('error', reject)
  })
}
