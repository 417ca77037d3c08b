import { expect, test } from 'vitest'
import { blocksOf, problemsIn, snippets } from './snippets.js'

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
