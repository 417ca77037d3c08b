import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseOptions } from '../../tooling/start/simulate/options.mjs'
import { describeWith } from '../../tooling/vitest/needs.js'
import { filesUnder, root } from './house.js'
import { commandsOf, languagesOf, yamlBlocksOf } from './running/blocks.js'
import { aside, commandStages } from './running/command-stages.js'
import { command, endWorkloads, liveCluster, type LiveCluster } from './running/live-cluster.js'
import { runPage, type Place } from './running/run-page.js'
import { folderInTree, plainEnvironment } from './running/run-program.js'

const allPages = ['README.md', 'CONTRIBUTING.md', ...filesUnder(['docs', 'packages', 'examples'], '.md')].filter((page) => !page.endsWith('.api.md'))
const pages = allPages.map((page) => ({ page, commands: commandsOf(page) })).filter(({ commands }) => commands.length > 0)
const isAside = (page: string, line: string): boolean => aside.some((entry) => entry.page === page && line.startsWith(entry.begins))
const toRun = pages.map(({ page, commands }) => ({ page, commands: commands.filter((line) => !isAside(page, line)) })).filter(({ commands }) => commands.length > 0)
/** They start a master themselves, and are its administrator. */
const withOwnMaster = ['docs/security.md', 'packages/cli/README.md']

test('there is no block that is neither run nor there to be looked at', () => {
  // TypeScript and commands are run wherever they stand, and these where they stand today.
  const run: Readonly<Record<string, readonly string[]>> = { js: ['docs/certify-an-adapter.md'], yaml: ['README.md', 'docs/node-yaml.md'] }
  const known = (page: string, language: string): boolean => ['ts', 'sh', 'text', 'mermaid', ''].includes(language) || run[language]?.includes(page) === true
  expect(allPages.flatMap((page) => languagesOf(page).filter((language) => !known(page, language)).map((language) => `${page}: ${language}`))).toEqual([])
})

test('a command of a page is run, or it is said why not', () => {
  const stages = Object.keys(commandStages({ api: 'https://127.0.0.1:47099' }))
  expect(toRun.map(({ page }) => page).sort()).toEqual([...stages].sort())
})

test('what is put aside is there, and so is who runs it instead', () => {
  expect(aside.filter(({ page, begins }) => !pages.some((each) => each.page === page && each.commands.some((line) => line.startsWith(begins))))).toEqual([])
})

test('every way to call npm run simulate is one that it knows', () => {
  const calls = commandsOf('docs/simulation.md').map((line) => line.replace(/^npm run simulate( -- )?/, '').split(' ').filter((word) => word !== ''))
  const problems = calls.map((words) => (parseOptions(words) as { readonly problem?: string }).problem) // a program without types
  expect(problems).toEqual(calls.map(() => undefined))
})

describeWith({ linux: true }, 'the commands of a page do what they are there for', () => {
  let folder: string
  let cluster: LiveCluster
  beforeAll(async () => {
    folder = folderInTree('commands')
    cluster = await liveCluster(folder)
    mkdirSync(join(folder, 'bin'))
    writeFileSync(join(folder, 'bin/piccolo'), `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`, { mode: 0o755 })
  })
  afterAll(async () => {
    await endWorkloads({ directory: join(folder, 'packages-cli-README-md/agent/processes'), cluster: 'shop', node: 'zone-a' })
    await cluster[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  /** The reader's folder: an example's commands are for the tree, all others for a folder that holds what the page speaks of. */
  const placeOf = (page: string, files: Readonly<Record<string, string>>): Place => {
    const own = join(folder, page.replaceAll(/\W/g, '-'))
    mkdirSync(own)
    const { caPem, token } = cluster.credential
    for (const [name, text] of Object.entries({ 'ca.pem': caPem, ...files })) writeFileSync(join(own, name), text)
    const env = { ...plainEnvironment(), PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`, TOKEN: token, PICCOLO_CREDENTIAL: withOwnMaster.includes(page) ? join(own, 'credential.json') : cluster.credentialFile }
    const cwd = page.startsWith('examples/custom-') ? root : page.startsWith('examples/') ? join(root, page, '..') : own
    return { cwd, env }
  }

  test.each(toRun)('$page', async ({ page, commands }) => {
    const stage = commandStages({ api: cluster.credential.address })[page] ?? {}
    await runPage(commands, stage, placeOf(page, stage.files ?? {}))
  })

  test('the manifests of the README are taken, one after the other', async () => {
    const manifests = Object.fromEntries(yamlBlocksOf('README.md').map((text, index) => [`${index}.yaml`, text]))
    await runPage(Object.keys(manifests).map((name) => `piccolo apply -f ${name}`), {}, placeOf('README.md', manifests))
  })
})
