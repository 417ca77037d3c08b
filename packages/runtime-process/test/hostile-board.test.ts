import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ContainerRuntime } from '@piccolo/core/spi'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { isAlive } from '../../../tooling/vitest/processes.js'
import { linesOf, never, scene, script, until, untilExited, type Scene } from './support/scene.js'

let stage: Scene

beforeEach(() => {
  stage = scene()
})

afterEach(async () => {
  await stage.dispose()
})

describeWith({ root: true, linux: true }, 'on a full disk', () => {
  let directory: string
  let runtime: ContainerRuntime

  beforeEach(async () => {
    directory = join(stage.directory, 'small')
    mkdirSync(directory)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory])
    runtime = stage.runtime({ directory })
    await runtime.open(never)
  })

  afterEach(async () => {
    for (const { id } of await runtime.list(never)) await runtime.remove(id, never)
    await runtime.close()
    execFileSync('umount', ['--lazy', directory])
  })

  const fill = (): void => {
    execFileSync('sh', ['-c', 'dd if=/dev/zero of="$1" bs=4096 2>/dev/null || true', 'sh', join(directory, 'filling')])
  }

  test('an end is known with its code, and the container can be removed', async () => {
    const id = await runtime.create(script('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'), never)
    await runtime.start(id, never)
    await until('its trap', async () => ((await linesOf(runtime, id)).includes('ready') ? true : undefined))
    fill()
    await runtime.stop(id, { graceMs: 5_000 }, never)
    expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'exited', exitCode: 7 })
    await runtime.remove(id, never)
    expect(await runtime.list(never)).toEqual([])
  })

  test('a start fails at once and leaves no supervisor behind, and works when there is room again', async () => {
    const id = await runtime.create(script('exec sleep 1000'), never)
    fill()
    const beganMs = performance.now()
    await expect(runtime.start(id, never)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('not full') })
    expect(performance.now() - beganMs).toBeLessThan(5_000)
    expect(supervisorsOf(id)).toEqual([])
    rmSync(join(directory, 'filling'))
    await runtime.start(id, never)
    expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'running' })
  })
})

/** By the folder they stand in, be it removed meanwhile. */
function supervisorsOf(id: string): readonly string[] {
  const found = execFileSync('sh', ['-c', 'for process in /proc/[0-9]*; do case "$(readlink "$process/cwd")" in *"$1"*) echo "${process#/proc/}";; esac; done', 'sh', id], { encoding: 'utf8' })
  return found.split('\n').filter((pid) => pid !== '' && isAlive(Number(pid)))
}

describeWith({ root: true, linux: true }, 'a container of another user, which reaches its folder through its supervisor,', () => {
  const user = { security: { runAsUser: 12345 } }
  const inFolder = (text: string): string => `cd "/proc/$PPID/cwd" && ${text}`

  test('has no file of the board emptied by a link that it lays', async () => {
    const runtime = await stage.opened()
    const precious = join(stage.directory, 'precious')
    writeFileSync(precious, 'kept')
    const id = await runtime.create(script(inFolder(`ln -sf ${precious} run/trouble`), user), never)
    for (let round = 0; round < 2; round += 1) {
      await runtime.start(id, never)
      await untilExited(runtime, id)
    }
    expect(readFileSync(precious, 'utf8')).toBe('kept')
  })

  test('is known to have ended when it is killed, though it hinders the word of its end', async () => {
    const runtime = await stage.opened()
    const id = await runtime.create(script(inFolder('rm run/exit.new && mkdir run/exit.new && exec sleep 1000'), user), never)
    await runtime.start(id, never)
    await until('its mischief', () => (statSync(join(stage.directory, 'test@one', id, 'run/exit.new'), { throwIfNoEntry: false })?.isDirectory() === true ? true : undefined))
    await runtime.kill(id, never)
    expect(await runtime.inspect(id, never)).toMatchObject({ phase: 'exited', exitCode: 137 })
  })

  test('shows no file of the board as its log, and holds nobody up by a pipe or a folder in place of a file', async () => {
    const runtime = await stage.opened()
    const secret = join(stage.directory, 'secret')
    writeFileSync(secret, 'secret')
    const other = await runtime.create(script('true', { workload: 'other' }), never)
    const id = await runtime.create(script(inFolder(`while ! [ -e run/go ]; do sleep 0.02; done; rm run/started logs/*; ln -s ${secret} run/started; ln -s ${secret} logs/stdout.log.2; mkfifo logs/stderr.log.2 run/ended; mkdir run/exit run/done`), user), never)
    await runtime.start(id, never)
    writeFileSync(join(stage.directory, 'test@one', id, 'run/go'), '')
    await until('its mischief', () => (existsSync(join(stage.directory, 'test@one', id, 'run/done')) ? true : undefined))
    expect((await runtime.list(never)).map(({ id }) => id)).toEqual([other, id].sort())
    expect(await linesOf(runtime, id)).toEqual([])
    await runtime.remove(id, never)
    await until('the end of its supervisor', () => (supervisorsOf(id).length === 0 ? true : undefined))
  })
})
