import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesUnder, root } from './house.js'

const page = readFileSync(join(root, 'docs/requirements.md'), 'utf8')

/** `| R1 | what is asked | part n | code | tests |`; a part that is done names code and tests. */
const rows = page
  .split('\n')
  .filter((line) => /^\| R\d+ /.test(line))
  .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
  .map(([id = '', asked = '', state = '', code = '', shown = '']) => ({
    id,
    asked,
    state,
    code: [...code.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    titles: [...shown.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
  }))

const testFiles = filesUnder(['packages', 'tooling', 'docs', 'bench', 'examples'], '.ts').filter(
  // Conformance cases are tests that live in a package, so that vendors can run them.
  (path) => /\.(test|thorough|simulation|acceptance|soak)\.ts$/.test(path) || path.startsWith('packages/conformance/src/'),
)
const testText = testFiles
  .map((path) => readFileSync(join(root, path), 'utf8').replaceAll("\\'", "'"))
  .join('\n')

/** Does a test or a group of tests bear this title, whole? */
function bearsTitle(title: string): boolean {
  return ["'", '"', '`'].some((quote) => testText.includes(`${quote}${title}${quote}`))
}

describe('docs/requirements.md', () => {
  test('has every requirement once, in order', () => {
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 42 }, (_, index) => `R${index + 1}`))
  })

  test.each(rows)('$id says what is asked and when', ({ asked, state }) => {
    expect(asked.length).toBeGreaterThan(20)
    expect(state).toMatch(/^(done|done here; part \d(, \d)*|part \d(, \d)*)$/)
  })

  test.each(rows.filter(({ state }) => state.startsWith('done')))('$id names code and tests that exist', ({ code, titles }) => {
    expect(code.length).toBeGreaterThan(0)
    expect(titles.length).toBeGreaterThan(0)
    expect(code.filter((path) => !existsSync(join(root, path)))).toEqual([])
    expect(titles.filter((title) => !bearsTitle(title))).toEqual([])
  })

  test.each(rows.filter(({ state }) => state.startsWith('part')))('$id, still to come, claims nothing', ({ code, titles }) => {
    expect([...code, ...titles]).toEqual([])
  })
})
