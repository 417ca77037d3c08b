import { execFileSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ContainerRuntime, ContainerSpec } from '@piccolo/core/spi'
import { fetched, freePort } from './support/board.js'
import { containerSpec } from './support/specs.js'
import { testEngine, type TestEngine } from './support/test-engine.js'

const never = new AbortController().signal
const sleeper = { command: ['sleep', '100000'] } as const

describe('Podman makes a container as its spec says', () => {
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

  test('in a pod on the network of the board', async () => {
    const podId = await runtime.pods?.create({ name: 'host', workload: 'host', specDigest: 'd', network: 'host', hostIpc: true, ports: [] }, never) ?? ''
    const board = execFileSync('stat', ['-L', '-c', '%i', '/proc/self/ns/net', '/proc/self/ns/ipc'], { encoding: 'utf8' }).trim().split('\n')
    expect(await printed('stat -L -c %i /proc/self/ns/net /proc/self/ns/ipc', { podId, network: 'host', hostIpc: true })).toEqual(board)
  })
})
