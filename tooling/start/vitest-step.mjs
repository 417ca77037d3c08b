import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './house.mjs'
import { run } from './run.mjs'
import { readReport } from './vitest-report.mjs'

const minute = 60_000

/** A step that runs one of vitest's projects, on another Node when given its binary. */
export async function runProject(project, { node = process.execPath, timeoutMs = 15 * minute } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'piccolo-report-'))
  try {
    const report = join(directory, 'report.json')
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const { code } = await run(node, [vitest, 'run', '--project', project, '--passWithNoTests', ...reporters], { show: 'inherit', timeoutMs })
    const { passed, failed, skipped } = readReport(report, code)
    const note = `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}${code === 124 ? ', out of time' : ''}`
    return { ok: failed === 0, passed, failed, skipped, note }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
