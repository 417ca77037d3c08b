import { join } from 'node:path'
import { root } from './house.mjs'
import { run } from './run.mjs'

/** Bundles the command and what it stands on; what did not change comes from the cache. Progress goes to stderr. */
export async function bundle() {
  const turbo = join(root, 'node_modules/.bin/turbo')
  const { code, output } = await run(turbo, ['run', 'bundle', '--filter=@piccolo/cli...', '--output-logs=errors-only'])
  if (code !== 0) console.error(`${output}\n✘ The build failed.\n  → Read the lines above; a fresh clone builds.`)
  return code === 0
}
