/**
 * Holds what every package promises against the reports that stand beside it, `packages/<name>/api/<entry>.api.md`, so that a change of
 * it is seen in review. With `--update` it writes them anew. Reads the declarations that `npm run build` makes.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from '../start/house.mjs'
import { publicPackages } from '../start/packages.mjs'
import { extract, reportPath } from './extract.mjs'

const update = process.argv.includes('--update')
const failures = []

for (const published of publicPackages()) {
  const missing = published.entries.filter(({ types }) => !existsSync(types))
  if (missing.length > 0) {
    console.error(`✘ ${relative(root, missing[0].types)} is missing.\n  → npm run build`)
    process.exit(1)
  }
  failures.push(...checkPackage(published))
}
for (const failure of failures) console.error(`✘ ${failure}`)
if (failures.length > 0) console.error('  → npm run api:update, and read the diff: it is what users will notice. A changeset tells them.')
process.exitCode = failures.length > 0 ? 1 : 0

function checkPackage(published) {
  const { directory, entries } = published
  const results = entries.map((entry) => ({ entry, ...extract(published, entry, { update }) }))
  const reports = entries.map((entry) => reportPath(published, entry))
  const stale = existsSync(join(directory, 'api')) ? readdirSync(join(directory, 'api')).map((file) => join(directory, 'api', file)).filter((path) => !reports.includes(path)) : []
  if (update) for (const path of stale) rmSync(path)
  return [
    ...results.flatMap(({ problems }) => problems.map((problem) => relative(root, problem))),
    ...forgottenIn(published, results).map((name) => `${published.name} shows ${name} to its users, but no entry exports it.`),
    ...(update ? [] : results.flatMap(({ changed, entry }) => (changed ? [`${relative(root, reportPath(published, entry))} no longer tells what the entry exports.`] : []))),
    ...(update ? [] : stale.map((path) => `${relative(root, path)} is the report of nothing.`)),
  ]
}

/** What one entry uses another one of the same package may export. */
function forgottenIn(published, results) {
  const text = published.entries.map((entry) => reportPath(published, entry)).map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')).join('\n')
  return [...new Set(results.flatMap(({ forgotten }) => forgotten))].filter((name) => !new RegExp(`^export (?:abstract )?(?:class|const|function|interface|type) ${name}\\b|^export \\{ (?:\\w+ as )?${name} \\}`, 'm').test(text))
}
