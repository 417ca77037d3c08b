import { run } from './run.mjs'
import { runProject } from './vitest-step.mjs'

/** The unit tests on another major version of Node: its binary comes from npm and is found by asking it, so nobody's PATH changes. */
export async function runUnitOn(major) {
  if (process.versions.node.startsWith(`${major}.`)) return { ok: true, note: 'this is it' }
  // The package of the platform itself: the one named `node` only fetches it, in an install script that may be switched off.
  const binary = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}@${major}`
  const ask = ['exec', '--yes', '--prefer-offline', `--package=${binary}`, '--', 'node', '-p', 'process.execPath']
  const { code, output } = await run('npm', ask, { timeoutMs: 300_000 })
  const node = output.split('\n').find((line) => line.includes('node_modules') && line.trimEnd().endsWith('node'))
  if (code !== 0 || node === undefined) {
    console.error(output)
    return { ok: false, note: `no ${binary} to be had from the registry` }
  }
  return runProject('unit', { node: node.trim() })
}
