import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { lockDirectory } from '../../src/system/directory-lock.js'

const never = { signal: new AbortController().signal }

describeWith({ linux: true }, 'a directory that is locked', () => {
  let folder: string
  const children: ChildProcess[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'piccolo-lock-'))
    await build({
      config: false, entry: { locker: fileURLToPath(new URL('./support/locker.ts', import.meta.url)) },
      outDir: join(folder, 'bin'), outExtension: () => ({ js: '.mjs' }), format: ['esm'], target: 'node20', silent: true,
    })
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  /** Lets another process lock it; answers what became of that. */
  const another = async (directory: string): Promise<{ readonly child: ChildProcess; readonly said: string }> => {
    const child = spawn(process.execPath, [join(folder, 'bin/locker.mjs'), directory], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    return { child, said: chunk.toString().trim() }
  }

  test('is refused to another process, with the remedy, and free the moment its owner is killed', async () => {
    const directory = join(folder, 'state')
    const { child, said } = await another(directory)
    expect(said).toBe('locked')
    expect((await another(directory)).said).toContain(`${directory} is in use by another process`)
    await expect(lockDirectory(directory, never)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('fuser') as string })
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const release = await lockDirectory(directory, never)
    expect((await another(directory)).said).toContain('in use')
    release()
    expect((await another(directory)).said).toBe('locked')
    expect(readdirSync(directory)).toEqual([])
  })

  test('is waited for a moment: its owner may be on the way out', async () => {
    const directory = join(folder, 'moment')
    const release = await lockDirectory(directory, never)
    const next = lockDirectory(directory, never)
    release()
    ;(await next)()
  })

  test('is not passed on to the programs that its owner starts', async () => {
    const directory = join(folder, 'heirs')
    const release = await lockDirectory(directory, never)
    const heir = spawn('sleep', ['100'], { stdio: 'ignore' })
    children.push(heir)
    release()
    ;(await lockDirectory(directory, never))()
  })

  test.runIf(existsSync('/dev/shm'))('can lie in memory', async () => {
    const directory = mkdtempSync('/dev/shm/piccolo-lock-')
    const release = await lockDirectory(directory, never)
    await expect(lockDirectory(directory, never)).rejects.toMatchObject({ code: 'conflict' })
    release()
    rmSync(directory, { recursive: true })
  })

  test('can not be had, and says what to install, where there is no flock', async () => {
    await expect(lockDirectory(join(folder, 'bare'), { ...never, flock: 'no-such-program' })).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('Install flock') as string })
  })

  test('that can not be made is an error that names it', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await expect(lockDirectory(join(file, 'below'), never)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining(file) as string })
  })
})
