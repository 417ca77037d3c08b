// Generates from proto/ into a temporary directory and compares with what is committed under src/generated/.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const committed = join('src', 'generated')
const scratch = mkdtempSync(join(tmpdir(), 'piccolo-generate-'))
try {
  run('buf', ['lint'])
  run('buf', ['generate', '--output', scratch])
  const fresh = filesOf(join(scratch, committed))
  const kept = filesOf(committed)
  const differing = [...new Set([...fresh.keys(), ...kept.keys()])].filter((path) => fresh.get(path) !== kept.get(path))
  if (differing.length > 0) {
    console.error(`src/generated does not match proto/: ${differing.join(', ')}. Run: npm run generate -w packages/transport-grpc`)
    process.exitCode = 1
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}`)
}

function filesOf(root) {
  const paths = readdirSync(root, { recursive: true }).map((path) => join(root, path))
  const files = paths.filter((path) => statSync(path).isFile())
  return new Map(files.map((path) => [relative(root, path), readFileSync(path, 'utf8')]))
}
