import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const packages = new URL('../../../packages/', import.meta.url)
const fields = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'] as const

type Manifest = Partial<Record<(typeof fields)[number], Record<string, string>>>

const house = readdirSync(packages).map((name) => {
  const manifest = JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8')) as Manifest
  const named = fields.flatMap((field) => Object.keys(manifest[field] ?? {}))
  return { name, shipped: Object.keys(manifest.dependencies ?? {}).filter(ours), named: named.filter(ours) }
})

function ours(dependency: string): boolean {
  return dependency.startsWith('@piccolo/')
}

describe('what the manifests name', () => {
  test('core names no package of the house, in any dependency field', () => {
    expect(house.find(({ name }) => name === 'core')?.named).toEqual([])
  })

  test.each(house.filter(({ name }) => /^(transport|runtime|store|auth|signals)-|^(client|http-api|conformance|testing)$/.test(name)))(
    '$name ships with core alone',
    ({ shipped }) => {
      expect(shipped).toEqual(['@piccolo/core'])
    },
  )
})
