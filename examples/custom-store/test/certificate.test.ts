import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { certify, stateStoreSuite } from '@piccolo/conformance'
import { bed } from '../src/bed.js'

test('ledgerStore is certified, and its README says so', { timeout: 120_000 }, async () => {
  let table = ''
  const certificate = await certify(stateStoreSuite, bed, { adapter: 'ledgerStore', print: (markdown) => (table = markdown) })
  expect(certificate.results.filter(({ outcome }) => outcome === 'broken')).toEqual([])
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(table)
})
