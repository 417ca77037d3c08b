import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ContainerRuntime, ContainerSpec } from '@piccolo/core/spi'
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

/** What the container prints from start to end. */
async function output(spec: ContainerSpec): Promise<readonly string[]> {
  const id = await runtime.create(spec, never)
  await runtime.start(id, never)
  await untilExited(runtime, id)
  return await linesOf(runtime, id)
}

describe('environment', () => {
  test('is PATH, HOME and what the spec gives, nothing of the agent', async () => {
    process.env['LEAK'] = 'leaked'
    try {
      const env = [{ name: 'A', value: 'first' }, { name: 'A', value: "it's $HOME `x` \"y\"\\" }, { name: 'odd.name-1', value: 'z' }]
      const lines = await output(script('', { command: ['env'], env }))
      const expected = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `HOME=${homedir()}`, "A=it's $HOME `x` \"y\"\\", 'odd.name-1=z']
      expect([...lines].sort()).toEqual(expected.sort())
    } finally {
      delete process.env['LEAK']
    }
  })

  test('can be overridden, PATH included, which also finds the command', async () => {
    const bin = join(stage.directory, 'bin')
    mkdirSync(bin)
    symlinkSync('/bin/sh', join(bin, 'vendor-shell'))
    const env = [{ name: 'PATH', value: bin }, { name: 'HOME', value: '/data' }, { name: 'PWD', value: 'mine' }]
    expect(await output(script('', { command: ['vendor-shell', '-c', 'echo "$PATH $HOME"'], env }))).toEqual([`${bin} /data`])
  })

  test('shows in no argument of any process, and is private on disk', async () => {
    const id = await runtime.create(script('exec sleep 1000', { env: [{ name: 'TOKEN', value: 'very-secret' }] }), never)
    await runtime.start(id, never)
    const folder = join(stage.directory, 'test@one', id)
    const [, , supervisor = '', command = ''] = readFileSync(join(folder, 'run/started'), 'utf8').split('\n')
    if (process.platform === 'linux') {
      for (const mark of [supervisor, command]) expect(readFileSync(`/proc/${Number.parseInt(mark, 10)}/cmdline`, 'utf8')).not.toContain('secret')
    }
    expect(readFileSync(join(folder, 'run/command'), 'utf8')).toContain('very-secret')
    expect(statSync(join(folder, 'run/command')).mode & 0o077).toBe(0)
  })
})

test('arguments arrive as they were given', async () => {
  const args = ['two words', "it's", '$HOME', 'a\nb', '', '-n', '*', 'größer']
  expect(await output(script('', { command: ['printf', '[%s]'], args }))).toEqual("[two words][it's][$HOME][a\nb][][-n][*][größer]".split('\n'))
})

test('runs in the working directory, with an empty standard input, or an open one', async () => {
  expect(await output(script('pwd; cat; echo end', { workingDir: '/usr' }))).toEqual(['/usr', 'end'])
  const id = await runtime.create(script('cat', { workload: 'open', stdin: true }), never)
  await runtime.start(id, never)
  await runtime.stop(id, { graceMs: 5_000 }, never)
  expect(await runtime.inspect(id, never)).toMatchObject({ exitCode: 143 })
})

test('makes files that others may read, as any program does', async () => {
  expect(await output(script('umask'))).toEqual(['0022'])
})

describe('what a process can not have is refused before anything is made', () => {
  const specs: Readonly<Record<string, { readonly overrides: Partial<ContainerSpec>; readonly code: string; readonly message: RegExp }>> = {
    'a spec without a command': { overrides: { command: [] }, code: 'unsupported', message: /runtime-process .*needs "command:"/ },
    'arguments without a command': { overrides: { command: [], args: ['-g', 'daemon off;'] }, code: 'unsupported', message: /"args" without a "command".*entrypoint.*whole command line in "command:"/ },
    'a program that is not there': { overrides: { command: ['no-such-program'] }, code: 'not-found', message: /no-such-program.*looked in .*install it/ },
    'a program that can not be run': { overrides: { command: ['/etc/passwd'] }, code: 'not-found', message: /\/etc\/passwd/ },
    'a working directory that is not there': { overrides: { workingDir: '/no/such' }, code: 'not-found', message: /\/no\/such.*workingDir/ },
    'a mount elsewhere': { overrides: { mounts: [{ source: '/etc', target: '/config', readOnly: false }] }, code: 'unsupported', message: /\/etc at \/config/ },
    'a mount read-only': { overrides: { mounts: [{ source: '/etc', target: '/etc', readOnly: true }] }, code: 'unsupported', message: /read-only/ },
    'a mount of nothing': { overrides: { mounts: [{ source: '/no/such', target: '/no/such', readOnly: false }] }, code: 'not-found', message: /volume/ },
    'a mapped port': { overrides: { ports: [{ containerPort: 80, hostPort: 8080, protocol: 'tcp' }] }, code: 'unsupported', message: /8080/ },
    'dropped capabilities': { overrides: { security: { dropCapabilities: ['ALL'] } }, code: 'unsupported', message: /capabilities/ },
    'a read-only root': { overrides: { security: { readOnlyRootFilesystem: true } }, code: 'unsupported', message: /readOnlyRootFilesystem/ },
    'no new privileges': { overrides: { security: { noNewPrivileges: true } }, code: 'unsupported', message: /allowPrivilegeEscalation/ },
    'a terminal': { overrides: { tty: true }, code: 'unsupported', message: /tty/ },
    'a host name': { overrides: { hostname: 'other' }, code: 'unsupported', message: /hostname/ },
    'a name that no environment takes': { overrides: { env: [{ name: 'A=B', value: '' }] }, code: 'invalid-argument', message: /A=B/ },
    'a zero byte': { overrides: { args: ['a\0b'] }, code: 'invalid-argument', message: /zero byte/ },
  }
  test.each(Object.entries(specs))('%s', async (_, { overrides, code, message }) => {
    await expect(runtime.create(script('true', overrides), never)).rejects.toMatchObject({ name: 'PiccoloError', code, message: expect.stringMatching(message) as string })
    expect(await runtime.list(never)).toEqual([])
  })
})

test('ports that are the same inside and out, and mounts that stay where they are, are as good as had', async () => {
  const overrides = { ports: [{ containerPort: 80, protocol: 'tcp' }, { containerPort: 81, hostPort: 81, protocol: 'tcp' }], mounts: [{ source: '/etc', target: '/etc', readOnly: false }] } as const
  expect(await output(script('echo ok', overrides))).toEqual(['ok'])
})

describeWith({ root: true }, 'another user', () => {
  test('runs the command, and nothing of the agent is open to it', async () => {
    const secret = join(stage.directory, 'test@one')
    const lines = await output(script(`id -u; id -g; id -G; echo $HOME; cat run/command 2>/dev/null || echo closed; ls ${secret} 2>/dev/null || echo closed`, { security: { runAsUser: 12345, runAsGroup: 54321 } }))
    expect(lines).toEqual(['12345', '54321', '54321', '/', 'closed', 'closed'])
  })

  test('has a group of its own number unless one is given, never that of root', async () => {
    expect(await output(script('id -u; id -g', { security: { runAsUser: 12345 } }))).toEqual(['12345', '12345'])
  })

  test('can be stopped as well', async () => {
    const id = await runtime.create(script('exec sleep 1000', { security: { runAsUser: 12345 } }), never)
    await runtime.start(id, never)
    await runtime.stop(id, { graceMs: 5_000 }, never)
    expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'exited', exitCode: 143 })
  })
})

test('two creates of one name at once make one container', async () => {
  const outcomes = await Promise.allSettled([runtime.create(script('true'), never), runtime.create(script('true'), never)])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await runtime.list(never)).toHaveLength(1)
})

test('two starts at once start one process', async () => {
  const id = await runtime.create(script('echo started; exec sleep 1000'), never)
  await Promise.all([runtime.start(id, never), runtime.start(id, never)])
  await until('its output', async () => ((await linesOf(runtime, id)).length > 0 ? true : undefined))
  await runtime.kill(id, never)
  expect(await linesOf(runtime, id)).toEqual(['started'])
})
