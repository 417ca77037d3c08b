import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { manifests, root } from './house.js'

const page = readFileSync(`${root}/docs/dependencies.md`, 'utf8')
const lines = page.split('\n').filter((line) => line.startsWith('| `'))
const documented = lines.map((line) => line.split('`')[1] ?? '')
const wanted = manifests().flatMap(({ path, dependencies }) => dependencies.filter((name) => !name.startsWith('@piccolo')).map((name) => ({ path, name })))

describe('docs/dependencies.md', () => {
  test('has a line for every dependency of every package', () => {
    expect(wanted.filter(({ name }) => !documented.includes(name))).toEqual([])
  })

  test('has no line for what nobody uses', () => {
    const used = new Set(wanted.map(({ name }) => name))
    expect(documented.filter((name) => !used.has(name))).toEqual([])
  })

  test('names a library once', () => {
    expect(documented.filter((name, index) => documented.indexOf(name) !== index)).toEqual([])
  })

  test.each(lines)('every cell is filled: %s', (line) => {
    const cells = line.split('|').slice(1, -1).map((cell) => cell.trim())
    expect(cells).toHaveLength(5)
    expect(cells.filter((cell) => cell === '')).toEqual([])
  })
})
