/**
 * Looks at the machine before anything is installed, so that a first run ends in a sentence and not in a stack trace.
 * Runs on any Node that can read modules; nothing here may need a package.
 */
import * as fs from 'node:fs'
import { isMain, root } from './house.mjs'
import { installed } from './installed.mjs'
import { run } from './run.mjs'

const oldestNode = [20, 19]
const gigabyte = 1024 ** 3

/** Prints what is missing and ends the process; returns when everything is there. */
export async function preflight() {
  const problems = await findProblems(thisMachine)
  if (problems.length === 0) return
  for (const { problem, remedy } of problems) console.error(`✘ ${problem}\n  → ${remedy}`)
  process.exit(1)
}

/** Everything that stands in the way here, each with its remedy. */
export async function findProblems(machine) {
  const problems = [checkNode(machine), checkWritable(machine), checkDisk(machine)]
  // Without the right Node nothing below means anything; with every package there no network is needed.
  if (problems[0] === undefined && !machine.packagesInstalled()) problems.push(await checkRegistry(machine))
  return problems.filter((problem) => problem !== undefined)
}

function checkNode({ nodeVersion }) {
  const [major, minor] = nodeVersion.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return undefined
  return { problem: `Node ${nodeVersion} is too old: Piccolo needs 20.19 or later.`, remedy: 'Install a current one from https://nodejs.org, or: nvm install 22' }
}

function checkWritable({ directory, writable }) {
  if (writable()) return undefined
  return { problem: `No permission to write in ${directory}.`, remedy: 'Clone the project into a directory of your own.' }
}

function checkDisk({ directory, freeBytes, packagesInstalled }) {
  const needed = packagesInstalled() ? 0.5 * gigabyte : 1.5 * gigabyte
  const free = freeBytes()
  if (free === undefined || free >= needed) return undefined
  return { problem: `Only ${(free / gigabyte).toFixed(1)} GB are free under ${directory}.`, remedy: `Free some space: ${needed / gigabyte} GB are needed.` }
}

async function checkRegistry({ npm }) {
  const version = await npm(['--version'])
  if (version.code === 127) return { problem: 'npm is missing.', remedy: 'Install Node with npm from https://nodejs.org, or: apt-get install npm' }
  const once = ['--fetch-retries=0', '--fetch-timeout=15000']
  if ((await npm(['ping', ...once])).code === 0) return undefined
  // Some mirrors do not know ping; any package we need tells as much.
  if ((await npm(['view', 'typescript', 'version', ...once])).code === 0) return undefined
  return {
    problem: 'The package registry does not answer.',
    remedy: 'Check the network; behind a proxy: npm config set proxy http://host:port; a mirror of your own: npm config set registry URL',
  }
}

const thisMachine = {
  directory: root,
  nodeVersion: process.versions.node,
  packagesInstalled: () => installed(root),
  writable() {
    try {
      fs.accessSync(root, fs.constants.W_OK)
      return true
    } catch {
      return false
    }
  },
  freeBytes() {
    // Older Node has no statfs; it fails the version check anyway.
    if (typeof fs.statfsSync !== 'function') return undefined
    const { bavail, bsize } = fs.statfsSync(root)
    return bavail * bsize
  },
  npm: (args) => run('npm', args, { timeoutMs: 30_000 }),
}

if (isMain(import.meta.url)) {
  await preflight()
  console.error('✔ This machine has what Piccolo needs.')
}
