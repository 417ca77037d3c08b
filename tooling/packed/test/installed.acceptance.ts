import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../start/house.mjs'
import { pack, packages } from './packages.js'

const specifiers = packages.flatMap(({ name, entries }) => entries.map(({ path }) => name + path.slice(1)))
let project: string

/** Runs a program in the project; rejects with what it said when it failed. */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: project, timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} ${args[0] ?? ''} failed:\n${stdout}${stderr}`, { cause: error }))
    })
  })
}

const write = (name: string, text: string): void => writeFileSync(join(project, name), text)

describe('packed tarballs, installed into an empty project', () => {
  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'piccolo-installed-'))
    write('package.json', JSON.stringify({ name: 'a-vendors-product', private: true, type: 'module' }))
    const packed = await pack(join(project, 'tarballs'))
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packed.map(({ path }) => path)])
  }, 180_000)
  afterAll(() => { rmSync(project, { recursive: true, force: true }) })

  test('every entry can be imported', async () => {
    write('imports.mjs', `const names = ${JSON.stringify(specifiers)}
      for (const name of names) if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing')
      console.log(names.length)`)
    expect((await run('node', ['imports.mjs'])).trim()).toBe(String(specifiers.length))
  })

  test('every entry can be required, and is the same module', async () => {
    write('requires.cjs', `const names = ${JSON.stringify(specifiers)}
      const check = async () => { for (const name of names) if (require(name).PiccoloError !== (await import(name)).PiccoloError) throw new Error(name) }
      check().then(() => { require('@piccolo/core').createMaster; console.log(typeof require('@piccolo/core').createMaster, typeof require('@piccolo/core/agent').createAgent) })`)
    expect((await run('node', ['--no-warnings', 'requires.cjs'])).trim()).toBe('function function')
  })

  test('TypeScript under nodenext finds the types of every entry, from a module and from CommonJS', async () => {
    symlinkSync(join(root, 'node_modules/@types'), join(project, 'types'))
    const imports = specifiers.map((name, index) => `import * as entry${index} from '${name}'\nexport const kind${index}: object = entry${index}`)
    write('module.mts', `${imports.join('\n')}
import { createMaster, type MasterOptions } from '@piccolo/core'
import { createAgent } from '@piccolo/core/agent'
import { embeddedStore } from '@piccolo/store-embedded'
export const start = (options: Omit<MasterOptions, 'store'>) => createMaster({ ...options, store: embeddedStore({ directory: '/tmp/x' }) }).start()
// @ts-expect-error: an agent needs more than nothing
export const nothing = createAgent({})
`)
    write('common.cts', "import core = require('@piccolo/core')\nexport const start: typeof core.createMaster = core.createMaster\n")
    const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', lib: ['es2023', 'esnext.disposable'], types: ['node'], typeRoots: ['./types'], skipLibCheck: false }
    write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['module.mts', 'common.cts'] }))
    expect(await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'])).toBe('')
  })

  test('the command that is installed starts', async () => {
    expect(await run(join(project, 'node_modules/.bin/piccolo'), ['--help'])).toContain('Usage: piccolo')
  })
})
