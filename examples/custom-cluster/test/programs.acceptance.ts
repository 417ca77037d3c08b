import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Runs what `npm run build` made of a program of an example, to its end. */
function runProgram(path: string): Promise<string> {
  const entry = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  if (!existsSync(entry)) throw new Error(`There is no ${entry}: build first, with \`npm run bundle\`.`)
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [entry], { timeout: 90_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${path} did not end well:\n${stdout}${stderr}`, { cause: error }))
    })
  })
}

test.each([
  ['custom-transport', '**Transport** by `tlsTransport`: 51 of 51 claims hold'],
  ['custom-store', '**StateStore** by `ledgerStore`: 50 of 50 claims hold'],
  ['custom-runtime', '**ContainerRuntime** by `functionRuntime`: 36 of 36 claims hold'],
])('npm run certify in %s prints its certificate, and ends', async (example, begins) => {
  expect((await runProgram(`${example}/dist/certify.js`)).slice(0, begins.length)).toBe(begins)
})

test('npm start in custom-cluster tells its afternoon, and ends', async () => {
  expect(await runProgram('custom-cluster/dist/main.js')).toContain('blink runs, and the lamp is green\n')
})
