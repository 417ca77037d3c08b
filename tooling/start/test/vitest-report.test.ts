import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readReport, scenarioIds } from '../vitest-report.mjs'

const assertion = (status: string, fullName = status) => ({ status, fullName })

function read(testResults: unknown, exitCode: number) {
  const directory = mkdtempSync(join(tmpdir(), 'piccolo-report-'))
  try {
    const path = join(directory, 'report.json')
    writeFileSync(path, typeof testResults === 'string' ? testResults : JSON.stringify({ testResults }))
    return readReport(path, exitCode)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('passed, failed and skipped tests are told apart', () => {
  const assertionResults = [assertion('passed'), assertion('passed'), assertion('failed'), assertion('skipped', 'A1 survives')]
  expect(read([{ status: 'failed', assertionResults }], 1)).toEqual({ passed: 2, failed: 1, skipped: ['A1 survives'] })
})

test('a file that does not load is a failure beside those of other files', () => {
  const broken = { status: 'failed', assertionResults: [] }
  expect(read([broken, { status: 'failed', assertionResults: [assertion('failed')] }], 1)).toEqual({ passed: 0, failed: 2, skipped: [] })
})

test('an exit code without a failed test is a failure', () => {
  expect(read([{ status: 'passed', assertionResults: [assertion('passed')] }], 1)).toEqual({ passed: 1, failed: 1, skipped: [] })
})

test('no report, or half of one, is a failure', () => {
  expect(readReport('/nowhere/report.json', 0).failed).toBe(1)
  expect(read('{ "testRes', 0).failed).toBe(1)
})

test('a project without tests passes with nothing', () => {
  expect(read([], 0)).toEqual({ passed: 0, failed: 0, skipped: [] })
})

test('scenario ids are found, sorted by number and named once', () => {
  expect(scenarioIds(['W10: rootless', 'A4 kills and W2 again', 'no id: sha256', 'W2 twice'])).toEqual(['A4', 'W2', 'W10'])
})
