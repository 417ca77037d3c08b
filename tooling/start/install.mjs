import { isMain, root } from './house.mjs'
import { installed } from './installed.mjs'
import { run } from './run.mjs'

/** Installs what the lock file names, unless it is there. Progress goes to stderr; false when npm failed. */
export async function install() {
  if (installed(root)) return true
  console.error('Installing packages (once; about a minute) …')
  const { code } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { show: 'stderr' })
  if (code !== 0) console.error('✘ npm ci failed.\n  → Read the lines above; then try again: what was fetched is kept.')
  return code === 0
}

if (isMain(import.meta.url)) process.exit((await install()) ? 0 : 1)
