import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { certify, transportSuite } from '@piccolo/conformance'
import { bed } from '../src/bed.js'

test('tlsTransport is less than 120 lines long', () => {
  expect(readFileSync(new URL('../src/tls-transport.ts', import.meta.url), 'utf8').trimEnd().split('\n').length).toBeLessThan(120)
})

test('tlsTransport is certified, and its README says so', { timeout: 120_000 }, async () => {
  let table = ''
  const certificate = await certify(transportSuite, bed, { adapter: 'tlsTransport', print: (markdown) => (table = markdown) })
  expect(certificate.results.filter(({ outcome }) => outcome === 'broken')).toEqual([])
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(table)
})
