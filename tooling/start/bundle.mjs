import { join } from 'node:path'
import { root } from './house.mjs'
import { run } from './run.mjs'

/** Bundles a package, the command unless told otherwise, and what it stands on; what did not change comes from the cache. Progress goes to stderr. */
export async function bundle(name = '@piccolo/cli') {
  const turbo = join(root, 'node_modules/.bin/turbo')
  const { code, output } = await run(turbo, ['run', 'bundle', `--filter=${name}...`, '--output-logs=errors-only'])
  if (code !== 0) console.error(`${output}\n✘ The build failed.\n  → Read the lines above; a fresh clone builds.`)
  return code === 0
}
