import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { installed } from '../installed.mjs'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'piccolo-installed-'))
  mkdirSync(join(directory, 'node_modules'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

type Packages = Record<string, { version?: string; link?: boolean; optional?: boolean }>

function write(path: string, packages: Packages): void {
  writeFileSync(join(directory, path), JSON.stringify({ packages }))
}

const wanted: Packages = {
  '': {},
  'packages/core': { version: '0.1.0' },
  'node_modules/@piccolo/core': { link: true },
  'node_modules/zod': { version: '4.0.0' },
  'node_modules/other-platform': { version: '1.0.0', optional: true },
}

test('nothing installed is not installed', () => {
  write('package-lock.json', wanted)
  expect(installed(directory)).toBe(false)
})

test('all that this platform needs is enough', () => {
  write('package-lock.json', wanted)
  write('node_modules/.package-lock.json', { 'node_modules/zod': { version: '4.0.0' } })
  expect(installed(directory)).toBe(true)
})

test('a package at another version, or missing, asks for an install', () => {
  write('package-lock.json', wanted)
  write('node_modules/.package-lock.json', { 'node_modules/zod': { version: '3.9.9' } })
  expect(installed(directory)).toBe(false)
  write('node_modules/.package-lock.json', {})
  expect(installed(directory)).toBe(false)
})

test('a list that was broken off counts for nothing', () => {
  write('package-lock.json', wanted)
  writeFileSync(join(directory, 'node_modules/.package-lock.json'), '{ "packages": { "node_mod')
  expect(installed(directory)).toBe(false)
})
