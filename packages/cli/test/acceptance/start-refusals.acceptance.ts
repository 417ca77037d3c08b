import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { builtCommand } from './support/built-command.js'

/** Root may write anywhere; without these two it may as little as everybody else. */
const unprivileged = process.getuid?.() === 0
  ? { program: 'setpriv', before: ['--bounding-set', '-dac_override,-dac_read_search', '--inh-caps', '-dac_override,-dac_read_search', process.execPath] }
  : { program: process.execPath, before: [] }

describeWith({ linux: true }, 'a directory that this user may not write to', () => {
  test.each([
    ['master', ['master', '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0']],
    ['agent', ['agent', '--master', '127.0.0.1:1', '--runtime', 'process']],
  ])('%s ends with 4, and says which and why', async (_name, args) => {
    const home = await mkdtemp(join(tmpdir(), 'piccolo-refusal-'))
    onTestFinished(() => rm(home, { recursive: true }))
    await mkdir(join(home, 'closed'))
    await chmod(join(home, 'closed'), 0o555)
    for (const directory of [join(home, 'closed'), join(home, 'closed', 'below')]) {
      const { code, stderr } = await runUnprivileged([...args, '--directory', directory], home)
      expect({ code, stderr }).toEqual({ code: 4, stderr: `piccolo: --directory: cannot write to ${directory} (permission denied). Name another directory, or mend it.\n` })
    }
  })
})

function runUnprivileged(args: readonly string[], home: string): Promise<{ readonly code: number; readonly stderr: string }> {
  const { program, before } = unprivileged
  return new Promise((resolve, reject) => {
    execFile(program, [...before, builtCommand(), ...args], { timeout: 60_000, env: { ...process.env, HOME: home, PICCOLO_CREDENTIAL: join(home, 'admin.json') } }, (error, _stdout, stderr) => {
      if (typeof error?.code === 'number') resolve({ code: error.code, stderr })
      else reject(new Error(`piccolo ${args.join(' ')} did not end by itself with an error: ${stderr}`, { cause: error }))
    })
  })
}
