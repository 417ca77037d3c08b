import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../start/house.mjs'
import { pack, packages, type Packed } from './packages.js'

let packed: readonly Packed[]
beforeAll(async () => { packed = await pack() })

const tarballOf = (name: string): Packed => {
  const found = packed.find((one) => one.name === name)
  if (found === undefined) throw new Error(`${name} was not packed.`)
  return found
}

/** ESM only: `require` gets the same module from Node 20.19 on, and resolvers of Node 10 never see an exports field. */
const byDesign = (problem: Problem): boolean =>
  problem.kind === 'CJSResolvesToESM' || ('resolutionKind' in problem && problem.resolutionKind === 'node10')

describe.each(packages)('the tarball of $name', ({ name, manifest, directory }) => {
  test('brings what its entries name, the README and the licence, and no sources', () => {
    const { files } = tarballOf(name)
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    expect(files.filter((path) => /^(src|test|api)\/|\.env|\.npmrc|tsup/.test(path))).toEqual([])
    expect(readFileSync(join(directory, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'))
  })

  test('depends on its siblings in a range, so that they are updated together', () => {
    const siblings = Object.entries(manifest.dependencies ?? {}).filter(([dependency]) => dependency.startsWith('@piccolo/'))
    expect(siblings.filter(([, range]) => range !== `^${manifest.version}`)).toEqual([])
  })

  test('is as npm expects it (publint)', async () => {
    const bytes = readFileSync(tarballOf(name).path)
    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([])
  })

  test('has the types that its code has (Are The Types Wrong)', async () => {
    const entries = Object.keys(manifest.exports)
    const result = await checkPackage(createPackageFromTarballData(readFileSync(tarballOf(name).path)), { entrypoints: entries })
    expect(result.types === false ? ['no types'] : result.problems.filter((problem) => !byDesign(problem))).toEqual([])
  })
})
