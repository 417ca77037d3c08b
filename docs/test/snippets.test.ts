import { expect, test } from 'vitest'
import { blocksOf, docstringsOf, problemsIn, snippets } from './snippets.js'

test('every TypeScript block of every page compiles', () => {
  expect(problemsIn(snippets())).toEqual([])
})

test('the README shows how to embed a master and an agent', () => {
  const readme = snippets().filter(({ place }) => place.startsWith('README.md'))
  expect(readme.some(({ code }) => code.includes('createMaster(') && code.includes('createAgent('))).toBe(true)
})

test('a block that does not compile is told by page and line', () => {
  const page = 'Hello\n\n```ts\nconst port: number = "47100"\n```\n'
  expect(problemsIn(blocksOf('page.md', page))).toEqual([
    "page.md:4, line 1 of the snippet: Type 'string' is not assignable to type 'number'.",
  ])
})

test('what a page takes as given is declared in a comment before the block', () => {
  const page = '<!-- given: declare const port: number -->\n\n```ts\nconst text: string = port.toFixed()\n```\n'
  expect(blocksOf('page.md', page)).toMatchObject([{ place: 'page.md:4', given: 'declare const port: number' }])
  expect(problemsIn(blocksOf('page.md', page))).toEqual([])
})

test('the example of a docstring is read without its stars, and told by its line', () => {
  const source = "const before = 1\n/**\n * A port.\n *\n * ```ts\n * const port: number = '47100'\n * ```\n */\nexport const after = 2\n"
  expect(problemsIn(blocksOf('port.ts', docstringsOf(source)))).toEqual([
    "port.ts:6, line 1 of the snippet: Type 'string' is not assignable to type 'number'.",
  ])
})

test('docstrings have examples, and they are among what compiles', () => {
  expect(snippets().some(({ place }) => place.startsWith('packages/core/src/master/create-master.ts'))).toBe(true)
})
