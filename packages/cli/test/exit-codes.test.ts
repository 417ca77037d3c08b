import { readFile } from 'node:fs/promises'
import { errorCodes, PiccoloError, type ErrorCode } from '@piccolo/core/spi'
import { describe, expect, it } from 'vitest'
import { exitCodesTable } from '../src/exit-codes.js'
import { exitCodeOf, exitCodes } from '../src/index.js'
import manifest from '../package.json' with { type: 'json' }
import { piccolo } from './support/cli.js'

describe('exit codes', () => {
  it.each(Object.keys(errorCodes) as ErrorCode[])('%s', async (code) => {
    const outcome = await piccolo(['get', 'nodes'], { client: { nodes: () => Promise.reject(new PiccoloError(code, 'Do this.')) } })
    expect(outcome.code).toBe(exitCodeOf[code])
    expect(outcome.code).not.toBe(exitCodes.ok)
    expect(outcome.out).toBe('')
    expect(outcome.err).toMatch(/^piccolo: Do this\.\n/)
  })

  it('a defect is told as one', async () => {
    expect(await piccolo(['get', 'nodes'], { client: { nodes: () => { throw new TypeError('x is not a function') } } })).toMatchObject({ code: 1, err: expect.stringContaining('defect') as string })
  })

  it.each([[[], 2], [['--help'], 0], [['get', '--help'], 0], [['version'], 0], [['--nonsense'], 2], [['get', 'nodes', '-o', 'xml'], 2], [['describe', 'node'], 2], [['token', 'creat'], 2]])('piccolo %j ends with %d', async (args, code) => {
    expect((await piccolo(args)).code).toBe(code)
  })

  it('an unknown command is guessed, in the words of every other error', async () => {
    expect((await piccolo(['aply'])).err).toMatch(/^piccolo: unknown command 'aply'\n\(Did you mean apply\?\)/)
  })

  it('help names every exit code', async () => {
    const { out } = await piccolo(['--help'])
    for (const code of Object.values(exitCodes)) expect(out).toMatch(new RegExp(`^  ${String(code)} +\\S`, 'm'))
  })

  it('docs/cli.md has the table of them', async () => {
    expect(await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8')).toContain(`\n${exitCodesTable()}\n`)
  })

  it('the version is the package\'s', async () => {
    for (const asked of ['version', '--version', '-V']) expect(await piccolo([asked])).toMatchObject({ code: 0, out: `piccolo ${manifest.version}\n`, err: '' })
  })
})
