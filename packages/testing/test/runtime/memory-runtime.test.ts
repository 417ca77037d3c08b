import { containerRuntimeSuite, registerSuite, type ContainerRuntimeSubject, type Program } from '@piccolo/conformance'
import { manualClock, memoryMachine, memoryProgram, memoryRuntime, seededRandom, silentLogger, type MemoryProgram } from '@piccolo/testing'
import { describe, test } from 'vitest'

const image = 'localhost/suite:1'

describe('the memory runtime', () => {
  registerSuite(containerRuntimeSuite, test, async () => {
    const clock = manualClock()
    const machine = memoryMachine({ clock, images: [image] })
    machine.registry.set(image, { pullMs: 0 })
    machine.archives.set('/archives/suite.tar', ['localhost/loaded:1'])
    const adapter = memoryRuntime(machine)
    const instance = (node: string) => adapter({ clock, random: seededRandom(1), logger: silentLogger, scope: { cluster: 'suite', node } })
    const runtime = instance('a')
    const neighbour = instance('b')
    const signal = new AbortController().signal
    await Promise.all([runtime.open(signal), neighbour.open(signal)])
    // Programs that end by themselves need time to pass.
    const ticking = setInterval(() => void clock.advance(1), 1)
    const subject: ContainerRuntimeSubject = {
      runtime, neighbour, image,
      restarted: () => instance('a'),
      archive: { path: '/archives/suite.tar', name: 'localhost/loaded:1' },
      command: (program) => memoryProgram(programOf(program)),
      elapse: (ms) => clock.advance(ms),
      loseEngine: async () => {
        machine.down()
        return async () => machine.up()
      },
      deadlineMs: 2_000,
    }
    return {
      subject,
      async dispose() {
        clearInterval(ticking)
        await Promise.all([runtime.close(), neighbour.close()])
      },
    }
  })
})

function programOf(program: Program): MemoryProgram {
  switch (program.kind) {
    case 'exit':
      return { afterMs: 0, exitCode: program.code }
    case 'print':
      return { afterMs: 0, lines: program.lines }
    case 'environment':
      return { afterMs: 0, printsVariable: program.name }
    case 'stubborn':
      return { stubborn: true }
    case 'forever':
      return {}
  }
}
