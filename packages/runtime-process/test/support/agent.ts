import { systemClock, systemRandom } from '@piccolo/core/system'
import { processRuntime } from '@piccolo/runtime-process'
import { script } from './scene.js'

/** A program that starts a container and then waits to be killed. Prints the container's id. */
const [directory = '', text = ''] = process.argv.slice(2)
const none = (): void => undefined
const logger = { debug: none, info: none, warn: none, error: none }
const runtime = processRuntime({ directory })({ clock: systemClock, random: systemRandom, logger, scope: { cluster: 'test', node: 'one' } })
const signal = new AbortController().signal
await runtime.open(signal)
const id = await runtime.create(script(text), signal)
await runtime.start(id, signal)
process.stdout.write(`${id}\n`)
setInterval(none, 60_000)
