import { manualClock, memoryMachine, memoryProgram } from '@piccolo/testing'
import { expect, test } from 'vitest'

const scope = { cluster: 'c', node: 'n' }
const image = 'localhost/app:1'
const never = new AbortController().signal

test('a container that somebody removes while it is being stopped is gone, and does not end once more', async () => {
  const clock = manualClock()
  const machine = memoryMachine({ clock, images: [image] })
  const spec = { name: 'a_main', workload: 'a', container: 'main', specDigest: 'd', image, env: [], ports: [], mounts: [], limits: {}, security: {}, network: 'host', hostIpc: false, stopGraceMs: 5_000, labels: {}, annotations: {}, ...memoryProgram({ stubborn: true }) } as const
  const id = machine.create(scope, spec)
  machine.start(scope, id)
  const happened: string[] = []
  machine.onChange(({ kind, by }) => happened.push(`${kind} by ${by}`))
  const stopped = machine.stop(scope, id, { graceMs: 5_000, signal: never })
  machine.removeByHand('a_main')
  await clock.advance(5_000)
  await stopped
  expect(happened).toEqual(['removed by person'])
})
