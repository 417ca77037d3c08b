import { lockDirectory } from '../../../src/system/directory-lock.js'

/** A program that locks a directory, prints what became of it, and then waits to be killed. */
const [directory = ''] = process.argv.slice(2)
const outcome = await lockDirectory(directory, { signal: new AbortController().signal }).then(() => 'locked', (error: unknown) => (error instanceof Error ? error.message : String(error)))
process.stdout.write(`${outcome}\n`)
if (outcome === 'locked') setInterval(() => undefined, 60_000)
