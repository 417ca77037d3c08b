import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './house.js'

const page = readFileSync(join(root, 'docs/certify-an-adapter.md'), 'utf8')
const files = [...page.matchAll(/^```js\n\/\/ (.+)\n([^]*?)^```$/gm)].map(([, name = '', code = '']) => ({ name, code }))

/** Runs Node in the folder that a reader would have; what it needs of Piccolo is what `npm run build` left behind. */
function node(folder: string, ...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')))
    execFile(process.execPath, args, { cwd: folder, timeout: 100_000, env: environment }, (error, output) => resolve({ code: Number(error?.code ?? 0), output }))
  })
}

describe('docs/certify-an-adapter.md', () => {
  let folder: string
  const write = (name: string, code: string): void => writeFileSync(join(folder, name), code)
  beforeAll(() => {
    mkdirSync(join(root, '.piccolo'), { recursive: true })
    folder = mkdtempSync(join(root, '.piccolo/afternoon-'))
    write('package.json', '{ "type": "module" }')
    for (const { name, code } of files) write(name, code)
  })
  afterAll(() => { rmSync(folder, { recursive: true }) })

  test('its files are a certified adapter, and the page says what its certificate begins with', async () => {
    const { code, output } = await node(folder, 'certify.js')
    expect({ code, broken: output.split('\n').filter((line) => line.startsWith('| ✘')) }).toEqual({ code: 0, broken: [] })
    expect(page).toContain(`\n${output.split('\n')[0] ?? ''}\n`)
  })

  test('they pass under node --test as well', async () => {
    const { code, output } = await node(folder, '--test', '--test-reporter=tap')
    expect(code).toBe(0)
    expect(output).toMatch(/^# fail 0$/m)
    expect(output).toMatch(/# Subtest: signals\/capabilities: /)
  })

  test('broken as the page says, it is told as the page says', async () => {
    const adapter = files.find(({ name }) => name === 'bus-signals.js')?.code ?? ''
    write('bus-signals.js', adapter.replace('    checkSignalNames(names, this.capabilities)\n', ''))
    const { code, output } = await node(folder, 'certify.js')
    expect(code).toBe(1)
    const broken = output.split('\n').filter((line) => line.startsWith('| ✘'))
    expect(broken.length).toBeGreaterThan(0)
    expect(page).toContain(`\n${broken[0] ?? ''}\n`)
  })
})
