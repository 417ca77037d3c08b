import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../start/house.mjs'

const ports = [
  { port: 'transport', factory: 'myLinkTransport' },
  { port: 'store', factory: 'myLinkStore' },
  { port: 'runtime', factory: 'myLinkRuntime' },
  { port: 'signals', factory: 'myLinkSignalSource' },
]

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 90_000, env: { ...process.env, ...env, NO_COLOR: '1' } })

const generate = (...args: readonly string[]) => run([join(root, 'tooling/new-adapter/new-adapter.mjs'), ...args])

describe('npm run new-adapter', () => {
  let house: string
  const directoryOf = (port: string): string => join(house, `${port}-my-link`)
  beforeAll(() => {
    mkdirSync(join(root, '.piccolo'), { recursive: true })
    house = mkdtempSync(join(root, '.piccolo/new-adapter-'))
  })
  afterAll(() => { rmSync(house, { recursive: true, force: true }) })

  test.each(ports)('begins a $port, and says what comes next', ({ port, factory }) => {
    const { status, stdout } = generate('--port', port, '--name', 'my-link', '--directory', directoryOf(port))
    expect(status).toBe(0)
    expect(stdout).toContain('npx vitest run --project unit')
    expect(readFileSync(join(directoryOf(port), 'src/index.ts'), 'utf8')).toContain(factory)
    const manifest = JSON.parse(readFileSync(join(directoryOf(port), 'package.json'), 'utf8')) as { readonly name: string }
    expect(manifest.name).toBe(`@piccolo/${port}-my-link`)
  })

  test('what it begins compiles under the options of the house', () => {
    const files = ports.flatMap(({ port }) => readdirSync(directoryOf(port), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts') && !path.endsWith('tsup.config.ts')).map((path) => join(directoryOf(port), path)))
    expect(files.length).toBe(16)
    const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config, ts.sys, root)
    const program = ts.createProgram(files, { ...options, incremental: false })
    const problems = files.flatMap((path) => [...program.getSyntacticDiagnostics(program.getSourceFile(path)), ...program.getSemanticDiagnostics(program.getSourceFile(path))])
    // The house's own helper is found from packages/<name>, not from here.
    const real = problems.map(({ file, messageText }) => `${relative(house, file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
    expect(real.filter((problem) => !problem.includes("'../../../tooling/vitest/certified.js'"))).toEqual([])
  })

  test('their conformance tests run, fail, and say what is not written yet', () => {
    const config = join(root, 'tooling/new-adapter/test/scaffold.config.ts')
    const { status, stdout, stderr } = run([join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', house, '--config', config], { CI: '' })
    const said = stdout + stderr
    expect(status).toBe(1)
    expect(said).toMatch(/Test Files {2}4 failed \(4\)/)
    for (const { port, factory } of ports) {
      expect(said).toMatch(new RegExp(`${factory}: \\w+.* is not written yet\\. `))
      expect(existsSync(join(directoryOf(port), 'certificates'))).toBe(false)
    }
  })

  test.each([
    [['--port', 'teleport', '--name', 'my-link'], 'There is no port teleport'],
    [['--port', 'store', '--name', 'My Link'], 'My Link is no name'],
    [['--port', 'store', '--name', 'embedded'], 'is there already'],
  ])('%j is refused with what to mend', (args, reason) => {
    const { status, stderr } = generate(...args)
    expect(status).toBe(2)
    expect(stderr).toContain(reason)
    expect(stderr).toContain('npm run new-adapter -- --port transport|store|runtime|signals --name my-link')
  })
})
