import { scenarioIds } from './vitest-report.mjs'

const seconds = (sinceMs) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`

/**
 * Runs steps one after the other under a heading each and prints what came of all of them; the last line is `N passed,
 * N failed`. Passed are tests; failed are tests, and steps that failed without being tests. A step is `{ name, run,
 * needed? }`; `run` gives `{ ok, passed?, failed?, skipped?, note? }`. After a failed step that is `needed` the rest is left out.
 */
export async function runSteps(steps) {
  const startedMs = Date.now()
  const results = []
  for (const { name, run, needed } of steps) {
    console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 70 - name.length))}`)
    const stepMs = Date.now()
    const result = { name, ...(await run()), took: '' }
    result.took = seconds(stepMs)
    console.log(`${result.ok ? '✔' : '✘'} ${name}: ${result.note ?? (result.ok ? 'done' : 'failed')} in ${result.took}`)
    results.push(result)
    if (needed && !result.ok) break
  }
  const left = steps.slice(results.length).map(({ name }) => name)
  return summarise({ results, left, total: seconds(startedMs) })
}

/** Prints the table and the last line; gives the exit code. */
function summarise({ results, left, total }) {
  const strict = process.env.CI === 'true'
  const skipped = results.flatMap((result) => result.skipped ?? [])
  const passed = results.reduce((sum, result) => sum + (result.passed ?? 0), 0)
  let failed = results.reduce((sum, result) => sum + (result.failed ?? (result.ok ? 0 : 1)), 0)
  if (strict) failed += skipped.length

  console.log(`\n── summary ${'─'.repeat(62)}`)
  for (const { ok, name, took, note } of results) console.log(`${ok ? '✔' : '✘'} ${name.padEnd(32)} ${took.padStart(9)}  ${note ?? ''}`)
  for (const name of left) console.log(`· ${name.padEnd(32)}   not run`)
  if (skipped.length > 0) {
    console.log(`Skipped scenarios: ${scenarioIds(skipped).join(' ') || 'none with an id'}`)
    for (const title of new Set(skipped)) console.log(`  - ${title}`)
    if (strict) console.log('With CI=true a skipped test is a failed one.')
  }
  console.log(`Total ${total}`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && left.length === 0 ? 0 : 1
}
