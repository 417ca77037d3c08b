import { expect, test } from 'vitest'
import { findProblems } from '../preflight.mjs'

const gigabyte = 1024 ** 3
const good = {
  directory: '/house',
  nodeVersion: '20.19.0',
  packagesInstalled: () => false,
  writable: () => true,
  freeBytes: () => 2 * gigabyte,
  npm: async (_args: string[]) => ({ code: 0, output: '' }),
}

const problemsOf = async (change: Partial<typeof good>) => (await findProblems({ ...good, ...change })).map(({ problem }) => problem)

test('a machine with everything has no problems', async () => {
  expect(await problemsOf({})).toEqual([])
})

test.each(['20.18.9', '18.20.4', '16.0.0'])('Node %s is refused, and nothing else is looked at over the network', async (nodeVersion) => {
  const npm = () => {
    throw new Error('asked the registry')
  }
  expect(await problemsOf({ nodeVersion, npm })).toEqual([`Node ${nodeVersion} is too old: Piccolo needs 20.19 or later.`])
})

test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('Node %s is accepted', async (nodeVersion) => {
  expect(await problemsOf({ nodeVersion })).toEqual([])
})

test('too little disk is told in gigabytes, and an installed tree needs less', async () => {
  expect(await problemsOf({ freeBytes: () => 0.8 * gigabyte })).toEqual(['Only 0.8 GB are free under /house.'])
  expect(await problemsOf({ freeBytes: () => 0.8 * gigabyte, packagesInstalled: () => true })).toEqual([])
})

test('a directory of somebody else is refused', async () => {
  expect(await problemsOf({ writable: () => false })).toEqual(['No permission to write in /house.'])
})

test('npm missing is told apart from a registry that is silent', async () => {
  expect(await problemsOf({ npm: async () => ({ code: 127, output: '' }) })).toEqual(['npm is missing.'])
  const deaf = async (args: string[]) => ({ code: args[0] === '--version' ? 0 : 1, output: '' })
  expect(await problemsOf({ npm: deaf })).toEqual(['The package registry does not answer.'])
})

test('a mirror without ping will do', async () => {
  const mirror = async (args: string[]) => ({ code: args[0] === 'ping' ? 1 : 0, output: '' })
  expect(await problemsOf({ npm: mirror })).toEqual([])
})

test('with every package there the network is not asked', async () => {
  expect(await problemsOf({ packagesInstalled: () => true, npm: async () => ({ code: 127, output: '' }) })).toEqual([])
})

test('every problem comes with a remedy', async () => {
  const bad = { ...good, writable: () => false, freeBytes: () => 0, npm: async () => ({ code: 1, output: '' }) }
  const problems = await findProblems(bad)
  expect(problems).toHaveLength(3)
  for (const { remedy } of problems) expect(remedy).toMatch(/\w{4,}/)
})
