import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { benches } from '../../bench/src/benches.js'
import { filesUnder, manifests, root } from './house.js'

const readmes = filesUnder(['packages'], 'README.md')
const pages = ['README.md', 'CONTRIBUTING.md', ...filesUnder(['docs', 'packages', 'examples', 'bench'], '.md')]

describe('the pages', () => {
  test.each(pages)('%s: every link into the project leads somewhere', (page) => {
    const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, target = '']) => target)
    expect(links.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })

  test('every package has a README', () => {
    const packages = manifests().flatMap(({ path }) => (path.startsWith('packages/') ? [dirname(path)] : []))
    expect(packages.filter((directory) => !readmes.includes(`${directory}/README.md`))).toEqual([])
  })

  test.each(readmes)('%s keeps to 80 lines', (page) => {
    expect(readFileSync(join(root, page), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(80)
  })

  test.each(benches)("the README holds $name against the bench's own budget and aim", ({ name, budget, aim, unit, judgedBy }) => {
    const row = readFileSync(join(root, 'README.md'), 'utf8').split('\n').find((line) => line.includes(`\`${name}\``)) ?? ''
    expect(row.split('|').slice(3, 5).map((cell) => cell.trim())).toEqual([`${budget} ${unit} ${judgedBy}`, `${aim} ${unit}`])
  })

  test('every command in the README exists', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    const text = readFileSync(join(root, 'README.md'), 'utf8') + readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
    const named = [...text.matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
  })
})
