import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../tooling/vitest/needs.js'
import { yamlBlocksOf } from './running/blocks.js'
import { liveCluster, type LiveCluster } from './running/live-cluster.js'
import { programStages } from './running/program-stages.js'
import { folderInTree, runProgram } from './running/run-program.js'
import { staged, type Ground } from './running/stage.js'
import { snippets } from './snippets.js'

/** `README.md 1`: the first snippet of that page. */
const numbered = snippets().map((snippet, index, all) => {
  const page = snippet.place.replace(/:\d+$/, '')
  const before = all.slice(0, index).filter(({ place }) => place.startsWith(`${page}:`))
  return { ...snippet, name: `${page} ${before.length + 1}` }
})

describeWith({ linux: true }, 'every TypeScript snippet runs', () => {
  let folder: string
  let cluster: LiveCluster
  let ground: Omit<Ground, 'folder'>
  beforeAll(async () => {
    folder = folderInTree('snippets')
    cluster = await liveCluster(folder)
    const { address: api, token, caPem } = cluster.credential
    ground = { master: cluster.master, api, token, caPem, joinToken: await cluster.joinToken('ship-1') }
    writeFileSync(join(folder, 'ca.pem'), caPem)
  })
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  test.each(numbered)('$name', async ({ name, code }) => {
    const own = { ...ground, folder: join(folder, name.replaceAll(/\W/g, '-')) }
    mkdirSync(own.folder)
    // What the pages keep in /etc.
    writeFiles(own.folder, { 'etc/ship/token': own.joinToken, 'etc/ship/node.yaml': yamlBlocksOf('docs/node-yaml.md')[0] ?? '' })
    const source = staged(code, programStages(own)[name] ?? {}, own)
    const { code: exitCode, output } = await runProgram(own.folder, source, { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') })
    expect({ exitCode, output: exitCode === 0 ? '' : output }).toEqual({ exitCode: 0, output: '' })
  })

  test('what is set up is set up for snippets that there are', () => {
    const names = numbered.map(({ name }) => name)
    expect(Object.keys(programStages({ ...ground, folder })).filter((name) => !names.includes(name))).toEqual([])
  })
})

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}
