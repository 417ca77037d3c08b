import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { afternoon } from '../src/afternoon.js'

test('a cluster runs a workload on a transport, a store and a runtime that were written in an afternoon', { timeout: 60_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'piccolo-afternoon-'))
  onTestFinished(() => { rmSync(directory, { recursive: true }) })
  const lines: string[] = []
  await afternoon({ directory, signal: AbortSignal.timeout(50_000), print: (line) => lines.push(line) })
  expect(lines.slice(1)).toEqual([
    'node board is ready',
    'blink runs, and the lamp is green',
    'nothing runs, and the lamp is off; board and the master stop',
  ])
})
