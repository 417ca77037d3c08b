import type { ContainerRuntimeSubject, Program, Provide } from '@piccolo/conformance'
import type { Clock, ContainerSpec } from '@piccolo/core/spi'
import { systemClock } from '@piccolo/core/system'
import { seededRandom, silentLogger } from '@piccolo/testing'
import { FunctionBoard, type BoardProgram } from './function-board.js'
import { functionRuntime } from './function-runtime.js'

/** What the suite's programs do, as functions: the first argument says which one. */
const suiteProgram: BoardProgram = async ({ args: [kind, code], signal }) => {
  if (kind === 'exit') return Number(code)
  if (kind === 'stubborn') await new Promise(() => undefined)
  else await new Promise((resolve) => signal.addEventListener('abort', resolve))
  return 0
}

const command = (program: Program): Required<Pick<ContainerSpec, 'command' | 'args'>> =>
  ({ command: [], args: program.kind === 'exit' ? ['exit', String(program.code)] : [program.kind] })

/** A board of its own for each case. */
export const bed: Provide<ContainerRuntimeSubject> = async () => {
  const board = new FunctionBoard({ suite: suiteProgram })
  const { signal } = new AbortController()
  const instance = (node: string) => functionRuntime(board)({ clock: systemClock satisfies Clock, random: seededRandom(1), logger: silentLogger, scope: { cluster: 'suite', node } })
  const [runtime, neighbour] = [instance('one'), instance('two')]
  await Promise.all([runtime.open(signal), neighbour.open(signal)])
  return {
    subject: {
      runtime, neighbour, image: 'suite', command,
      restarted: () => instance('one'),
      elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    dispose: async () => { await Promise.all([runtime.close(), neighbour.close()]) },
  }
}
