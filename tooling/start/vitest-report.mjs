import { readFileSync } from 'node:fs'

/**
 * What one run of vitest found: `{ passed, failed, skipped }`, the last as titles. A run that broke without a failed test to
 * show for it (a file that does not load, an error nobody caught, no report at all) counts as one failure.
 */
export function readReport(path, exitCode) {
  const report = parse(path)
  if (report === undefined) return { passed: 0, failed: 1, skipped: [] }
  const files = report.testResults ?? []
  const tests = files.flatMap((file) => file.assertionResults ?? [])
  const brokenFiles = files.filter((file) => file.status === 'failed' && !(file.assertionResults ?? []).some(({ status }) => status === 'failed'))
  const failed = tests.filter(({ status }) => status === 'failed').length + brokenFiles.length
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: tests.filter(({ status }) => ['pending', 'skipped', 'todo', 'disabled'].includes(status)).map(({ fullName }) => fullName.trim()),
  }
}

/** The ids of the scenarios (A4, W12 …) among these titles, in order, each once. */
export function scenarioIds(titles) {
  const ids = titles.flatMap((title) => title.match(/\b[A-Z]\d{1,2}\b/g) ?? [])
  return [...new Set(ids)].sort((one, other) => one[0].localeCompare(other[0]) || Number(one.slice(1)) - Number(other.slice(1)))
}

function parse(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
